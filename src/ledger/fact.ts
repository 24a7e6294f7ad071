import { type CounterName, isCounterName } from '../../instrumentation/counters.ts'
import type { FactKey } from './fact-key.ts'
import type { FailedAttempt } from './record/failed-attempt.ts'

/** Reads a counter's name back from the ledger. Throws a TypeError for a name that none has. */
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

/** What proves that something happened once, whichever source reported it. */
export interface Proof<Name extends CounterName = CounterName> {
  /** At most 255 characters. For a failed attempt reported by an event, the commit decides the final key. */
  readonly key: FactKey<Name>
  /** When it happened as the source reports it, in milliseconds. For plots, never for order. */
  readonly occurredAt: number
  /**
   * When the PaymentIntent, refund or Checkout Session was created, in milliseconds by Stripe's
   * clock: decides whether the ledger counts it. Null if the service itself made it happen.
   */
  readonly objectCreatedAt: number | null
  readonly source: FactSource
  /** Id of the event, object or receipt that proved it. */
  readonly evidence: string
  /** Whole minor units of `currency`; null if the source has none. */
  readonly amountMinor: number | null
  readonly currency: string | null
  /** Only for a failed attempt reported by an event. */
  readonly attempt?: FailedAttempt
}

/** Something that happened once and moves one counter by one. */
export interface Fact extends Proof {
  readonly counter: CounterName
  /** The value of the counter's one attribute; empty where the counter has none. */
  readonly label: string
}

/** What recording a fact came to. */
export type Recorded = 'new' | 'duplicate' | 'before_genesis'

/** A committed total: how many facts the ledger holds for a counter and label. */
export interface Total {
  readonly counter: CounterName
  readonly label: string
  readonly total: number
}
