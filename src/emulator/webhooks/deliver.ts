import { messageOf } from '../../errors.ts'
import type { EmulatorContext } from '../context.ts'
import { attemptOnce, placeOf, type Sender } from './attempt.ts'
import type { Delivery } from './deliveries.ts'

export interface WebhookOptions extends Sender {
  /** The delay after each failed attempt; the last one repeats. */
  readonly retryDelaysMs: readonly number[]
  readonly log: (message: string, detail?: object) => void
}

export interface Webhooks {
  /** Sends what is due, once the current work is done. */
  wake(): void
  /** Ends running attempts; what was not accepted stays stored. */
  stop(): Promise<void>
}

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

/** Short at first, so that a recovery is visible soon; then longer and longer, as at Stripe. */
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
const concurrencyMax = 32
const batchMax = 256
const pollMsMax = second

/** Sends queued webhooks in the background, newly signed for each attempt, until they are answered 2xx. */
export function startWebhooks(context: EmulatorContext, options: WebhookOptions): Webhooks {
  const { deliveries } = context
  const outbox = createOutbox(context, options.retryDelaysMs)
  const report = reportChanges(options.log)
  const running = new Set<Promise<void>>()
  let timer: NodeJS.Timeout | undefined
  let planned = false
  let stopped = false

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
    outbox.keepOutcomes()
    clearTimeout(timer)
    const isConnected = options.target() !== null
    while (running.size < concurrencyMax) {
      const delivery = outbox.next(isConnected)
      if (!delivery) break
      const attempt = send(delivery).finally(() => {
        running.delete(attempt)
        wake()
      })
      running.add(attempt)
    }
    const waitMs = running.size === 0 ? outbox.waitMs(isConnected) : null
    if (waitMs !== null) timer = setTimeout(wake, waitMs)
  }

  const send = async (delivery: Delivery): Promise<void> => {
    const place = placeOf(delivery, context, options)
    const failure = place && (await attemptOnce(place, delivery.payload, context, options))
    outbox.end(delivery, typeof failure !== 'string')
    if (place) report(place.url, failure ?? null)
  }

  deliveries.onWake(wake)
  return {
    wake,
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      options.client.close()
      await Promise.all(running)
      outbox.keepOutcomes()
    },
  }
}

/** The due deliveries, each returned once until its outcome is stored. */
function createOutbox(
  { deliveries, store, now }: EmulatorContext,
  retryDelaysMs: readonly number[],
) {
  const taken = new Set<number>()
  let waiting: Delivery[] = []
  let ended: (() => void)[] = []
  return {
    next: (isConnected: boolean): Delivery | undefined => {
      if (waiting.length === 0) {
        const query = { nowMs: now(), underWay: taken, limit: batchMax, isConnected }
        waiting = [...deliveries.due(query)]
        for (const { id } of waiting) taken.add(id)
      }
      return waiting.shift()
    },
    /** Milliseconds until the next one is due; null if there is none. */
    waitMs: (isConnected: boolean): number | null => {
      const next = deliveries.nextAtMs({ underWay: taken, isConnected })
      return next === null ? null : Math.min(Math.max(next - now(), 1), pollMsMax)
    },
    end: ({ id, attempt, createdSeconds }: Delivery, isAccepted: boolean): void => {
      ended.push(() => {
        taken.delete(id)
        const ageMs = now() - createdSeconds * second
        if (isAccepted || ageMs > ageMsMax) return deliveries.remove(id)
        const delayMs = retryDelaysMs[Math.min(attempt, retryDelaysMs.length - 1)] ?? hour
        deliveries.retry(id, attempt + 1, now() + delayMs)
      })
    },
    keepOutcomes: (): void => {
      if (ended.length === 0) return
      const outcomes = ended
      store.transaction(() => {
        for (const keep of outcomes) keep()
      })
      ended = ended.slice(outcomes.length)
    },
  }
}

/** Logs when webhooks begin to be refused, and when they are accepted again. */
function reportChanges(log: WebhookOptions['log']) {
  let accepted = true
  return (url: string, failure: string | null): void => {
    if (accepted === (failure === null)) return
    accepted = failure === null
    if (accepted) log('webhooks are accepted again', { url })
    else log('a webhook was not accepted and will be sent again', { url, failure })
  }
}
