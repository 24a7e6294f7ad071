import { z } from 'zod'
import { fetchOnce } from './fetch-once.ts'
import { until } from './until.ts'

const tally = z.object({ count: z.number(), ids: z.array(z.string()).default([]) })
const truthSchema = z.object({
  checkouts: z.record(z.string(), tally),
  payments: z.object({ success: tally, failed: tally, refunded: tally }),
})
const pendingSchema = z.object({ pending: z.number() })

/** What really happened at Stripe, as Stripe itself wrote it down. */
export type Truth = z.infer<typeof truthSchema>
export type PaymentOutcome = 'success' | 'failed' | 'refunded'

/** What the emulator can be asked to do, beside Stripe's API. */
export interface EmulatorControls {
  pay(outcome: PaymentOutcome, count: number): Promise<void>
  /** Presses a button on the pay page of a Checkout Session. */
  press(payPage: string, action: 'pay' | 'decline' | 'refuse'): Promise<void>
  faults(faults: object | null): Promise<void>
  /** How many webhooks wait to be accepted. */
  pending(): Promise<number>
  /** Makes every webhook that waits due now; answers how many wait. */
  hurry(): Promise<number>
  /** Drops every webhook that waits. */
  forget(): Promise<void>
  /** Resolves when every webhook has been accepted. */
  drained(timeoutMs?: number): Promise<void>
  truth(sinceSeconds: number): Promise<Truth>
}

/** The controls of the emulator at a URL. */
export function controlsOf(url: string): EmulatorControls {
  const ask = async (path: string, body?: object | null): Promise<unknown> => {
    const answer = await fetchOnce(`${url}/emulator${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`the emulator answered ${path} ${answer.status}: ${text}`)
    return JSON.parse(text)
  }
  const hurry = async (): Promise<number> =>
    pendingSchema.parse(await ask('/deliveries/now', {})).pending

  return {
    pay: async (outcome, count) => {
      await ask('/payments', { outcome, count })
    },
    press: async (payPage, action) => {
      const answer = await press(payPage, action)
      await answer.text()
      if (answer.status !== 303) throw new Error(`the pay page answered ${answer.status}`)
    },
    faults: async (faults) => {
      await ask('/faults', faults)
    },
    pending: async () => pendingSchema.parse(await ask('/deliveries')).pending,
    hurry,
    forget: async () => {
      await fetchOnce(`${url}/emulator/deliveries`, { method: 'DELETE' })
    },
    drained: (timeoutMs = 120_000) =>
      until('every webhook to be accepted', async () => (await hurry()) === 0, timeoutMs),
    truth: async (sinceSeconds) => truthSchema.parse(await ask(`/truth?since=${sinceSeconds}`)),
  }
}

/** Presses a button on a session's pay page, as a browser would. */
export function press(payPage: string, action: string): Promise<Response> {
  const body = new URLSearchParams({ action })
  return fetchOnce(payPage, { method: 'POST', redirect: 'manual', body })
}

/** The keys of the facts that a truth amounts to, each with its counter and label. */
export function factsOf({ checkouts, payments }: Truth): ReadonlyMap<string, string> {
  return new Map([
    ...Object.entries(checkouts).flatMap(([plan, { ids }]) =>
      ids.map(
        (id) => [`checkout:${id}`, `billing_checkout_started_total{plan="${plan}"}`] as const,
      ),
    ),
    ...Object.entries(payments).flatMap(([status, { ids }]) =>
      ids.map(
        (id) => [`payment:${status}:${id}`, `billing_payments_total{status="${status}"}`] as const,
      ),
    ),
  ])
}
