import { once } from 'node:events'
import type { FactRow } from '../../database/schema.ts'

/** A fact on its way to a client, with the instant from which to resume after it. */
export interface Delivery {
  readonly fact: FactRow
  /** Milliseconds. */
  readonly resumeAt: number
}

/** What waits for one slow client. */
export interface Inbox {
  readonly put: (facts: readonly FactRow[], settledAt: number) => void
  /** Resolves with what waits; with nothing after `timeoutMs` or once `signal` is aborted. */
  readonly take: (timeoutMs: number, signal: AbortSignal) => Promise<readonly Delivery[]>
  /** Every fact that waits, or was dropped, was recorded at this instant or later. Infinite if there is none. */
  readonly floor: () => number
  /** Whether more came than it holds: it is empty then, and the facts have to be read from the ledger. */
  readonly takeOverflow: () => boolean
}

const deliveriesMax = 5_000

export function createInbox(): Inbox {
  const arrivals = new EventTarget()
  let waiting: Delivery[] = []
  let hasOverflowed = false
  let floor = Number.POSITIVE_INFINITY
  return {
    put: (facts, settledAt) => {
      floor = Math.min(floor, settledAt)
      for (const fact of facts)
        waiting.push({ fact, resumeAt: Math.min(fact.recorded_at, settledAt) })
      hasOverflowed ||= waiting.length > deliveriesMax
      if (hasOverflowed) waiting = []
      arrivals.dispatchEvent(new Event('arrival'))
    },
    take: async (timeoutMs, signal) => {
      const ends = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      if (waiting.length === 0 && !hasOverflowed && !ends.aborted)
        await once(arrivals, 'arrival', { signal: ends }).catch(() => undefined)
      const taken = waiting
      waiting = []
      if (!hasOverflowed) floor = Number.POSITIVE_INFINITY
      return taken
    },
    floor: () => floor,
    takeOverflow: () => {
      const had = hasOverflowed
      hasOverflowed = false
      if (had) floor = Number.POSITIVE_INFINITY
      return had
    },
  }
}
