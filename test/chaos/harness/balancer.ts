import { startHttpProxy } from '../../support/http-proxy.ts'
import { type Acknowledged, keyOfEvent } from './acknowledged.ts'

/** The one address that Stripe and callers know, in front of whatever replicas there are. */
export interface Balancer {
  readonly url: string
  /** Where requests go from now on, in turn. */
  setTargets(urls: readonly string[]): void
  /** Nothing goes there any more: the port may soon be somebody else's. */
  drop(url: string): void
  /** How many answers of each status were passed on. */
  readonly statuses: ReadonlyMap<number, number>
  /** Answers of 5xx and requests without an answer, in words. */
  readonly failures: readonly string[]
}

/** A balancer on loopback until the stack ends; it notes which webhooks were acknowledged. */
export async function startBalancer(
  stack: AsyncDisposableStack,
  acknowledged: Acknowledged,
): Promise<Balancer> {
  const statuses = new Map<number, number>()
  const failures: string[] = []
  let targets: readonly string[] = []
  let requestCount = 0
  const url = await startHttpProxy(stack, {
    target: () => {
      requestCount += 1
      return targets[requestCount % Math.max(targets.length, 1)]
    },
    onBroken: (path, reason) => failures.push(`${path}: ${reason}`),
    onAnswer: (path, requestBody, { status, body }) => {
      if (status >= 500) failures.push(`${path}: ${status} ${body}`)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (path !== '/webhooks/stripe' || status !== 200) return
      if (!/"(recorded|duplicate)"/.test(body)) return
      const key = keyOfEvent(requestBody)
      if (key !== undefined) acknowledged.keys.add(key)
    },
  })
  return {
    url,
    setTargets: (urls) => {
      targets = [...urls]
    },
    drop: (dropped) => {
      targets = targets.filter((target) => target !== dropped)
    },
    statuses,
    failures,
  }
}
