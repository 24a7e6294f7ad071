import { type CounterName, isCounterName } from '../../instrumentation/counters.ts'
import type { FactKey } from './fact-key.ts'
import type { FailedAttempt } from './record/failed-attempt.ts'

/** Parses a counter's name read from the ledger. Throws a TypeError for an unknown name. */
export function toCounterName(name: string): CounterName {
  if (!isCounterName(name)) throw new TypeError(`the ledger holds an unknown counter "${name}"`)
  return name
}

/** What reported a fact. */
export type FactSource =
  | 'api'
  | 'webhook'
  | 'sweep'
  | 'reconcile'
  | 'schedule'
  | 'manual'
  | 'operator'

/** The proof that something happened once, whichever source reported it. */
export interface Proof<Name extends CounterName = CounterName> {
  /** At most 255 characters. For a failed attempt reported by an event, the commit decides the final key. */
  readonly key: FactKey<Name>
  /** When it happened according to the source, in milliseconds. For plots, never for ordering. */
  readonly occurredAt: number
  /**
   * When the PaymentIntent, refund or Checkout Session was created, in milliseconds by Stripe's
   * clock: decides whether the ledger counts it. Null if the service itself made it happen.
   */
  readonly objectCreatedAt: number | null
  readonly source: FactSource
  /** Id of the event, object or receipt that proves it. */
  readonly evidence: string
  /** Whole minor units of `currency`; null if the source has none. */
  readonly amountMinor: number | null
  readonly currency: string | null
  /** Only for a failed attempt reported by an event. */
  readonly attempt?: FailedAttempt
}

/** Something that happened once and increments one counter by one. */
export interface Fact extends Proof {
  readonly counter: CounterName
  /** The value of the counter's one attribute; empty if the counter has none. */
  readonly label: string
}

/** The outcome of recording a fact. */
export type Recorded = 'new' | 'duplicate' | 'before_genesis'

/** A committed total: how many facts the ledger holds for a counter and label. */
export interface Total {
  readonly counter: CounterName
  readonly label: string
  readonly total: number
}
