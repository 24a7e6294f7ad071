import { createHmac } from 'node:crypto'
import { messageOf } from '../../errors.ts'
import type { EmulatorContext } from '../context.ts'
import type { Delivery } from './deliveries.ts'
import type { HttpClient } from './http-client.ts'

export interface WebhookOptions {
  readonly client: HttpClient
  readonly secret: string
  /** Where webhooks go; null as long as nobody listens: they wait. */
  readonly target: () => string | null
  /** How long after each failed attempt the next one follows; the last one repeats. */
  readonly retryDelaysMs: readonly number[]
  readonly log: (message: string, detail?: object) => void
}

export interface Webhooks {
  /** Sends what is due, as soon as the present work is done. */
  wake(): void
  /** Ends the attempts under way; what was not accepted stays in the file. */
  stop(): Promise<void>
}

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

/** Quick at first, so that a newcomer sees a service heal; then ever slower, as Stripe. */
export const retryDelaysMsDefault: readonly number[] = [
  second,
  2 * second,
  5 * second,
  15 * second,
  minute,
  5 * minute,
  30 * minute,
  hour,
  3 * hour,
  6 * hour,
]

/** Stripe gives up after three days. */
const ageMsMax = 72 * hour
const timeoutMs = 10 * second
const concurrencyMax = 32
const batchMax = 256
const pollMsMax = second

/** Sends the queued webhooks, out of band, signed anew at each attempt, until somebody answers 2xx. */
export function startWebhooks(context: EmulatorContext, options: WebhookOptions): Webhooks {
  const { deliveries, store } = context
  const taken = new Set<number>()
  const running = new Set<Promise<void>>()
  let waiting: Delivery[] = []
  let ended: (() => void)[] = []
  let timer: NodeJS.Timeout | undefined
  let planned = false
  let stopped = false
  let accepted = true

  const wake = () => {
    if (planned || stopped) return
    planned = true
    setImmediate(() => {
      planned = false
      if (stopped) return
      try {
        work()
      } catch (cause) {
        options.log('webhooks wait for the database', { cause: messageOf(cause) })
        timer = setTimeout(wake, pollMsMax)
      }
    })
  }

  const work = () => {
    keepOutcomes()
    clearTimeout(timer)
    const url = options.target()
    if (url === null) return
    while (running.size < concurrencyMax) {
      if (waiting.length === 0) waiting = takeDue()
      const delivery = waiting.shift()
      if (!delivery) break
      const attempt = send(url, delivery).finally(() => {
        running.delete(attempt)
        wake()
      })
      running.add(attempt)
    }
    if (running.size === 0) sleep()
  }

  const takeDue = (): Delivery[] => {
    const due = [...deliveries.due(context.now(), taken, batchMax)]
    for (const { id } of due) taken.add(id)
    return due
  }

  const sleep = () => {
    const next = deliveries.nextAtMs(taken)
    if (next !== null)
      timer = setTimeout(wake, Math.min(Math.max(next - context.now(), 1), pollMsMax))
  }

  const send = async (
    url: string,
    { id, payload, attempt, createdSeconds }: Delivery,
  ): Promise<void> => {
    const failure = await attemptOnce(url, payload)
    ended.push(() => {
      taken.delete(id)
      const ageMs = context.now() - createdSeconds * second
      if (failure === null || ageMs > ageMsMax) return deliveries.remove(id)
      const delays = options.retryDelaysMs
      const delayMs = delays[Math.min(attempt, delays.length - 1)] ?? hour
      deliveries.retry(id, attempt + 1, context.now() + delayMs)
    })
    if (accepted === (failure === null)) return
    accepted = failure === null
    if (accepted) options.log('webhooks are accepted again', { url })
    else options.log('a webhook was not accepted and will be sent again', { url, failure })
  }

  const attemptOnce = async (url: string, payload: string): Promise<string | null> => {
    try {
      const { status } = await options.client.send(url, {
        method: 'POST',
        headers: {
          accept: '*/*',
          'content-type': 'application/json; charset=utf-8',
          'stripe-signature': signatureOf(
            payload,
            options.secret,
            Math.floor(context.now() / second),
          ),
          'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        },
        body: payload,
        timeoutMs,
      })
      return status >= 200 && status < 300 ? null : `answered ${status}`
    } catch (cause) {
      return messageOf(cause)
    }
  }

  const keepOutcomes = () => {
    if (ended.length === 0) return
    const outcomes = ended
    store.transaction(() => {
      for (const keep of outcomes) keep()
    })
    ended = ended.slice(outcomes.length)
  }

  deliveries.onWake(wake)
  return {
    wake,
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      options.client.close()
      await Promise.all(running)
      keepOutcomes()
    },
  }
}

/** The `Stripe-Signature` header for a payload sent at this second. */
export function signatureOf(payload: string, secret: string, atSeconds: number): string {
  const signature = createHmac('sha256', secret).update(`${atSeconds}.${payload}`).digest('hex')
  return `t=${atSeconds},v1=${signature}`
}
