import type { Fact, Proof, Recorded } from '../../src/ledger/fact.ts'
import type { Alongside } from '../../src/ledger/record/ledger.ts'
import { type CounterName, type LabelOf, labelsOf } from '../counters.ts'

/** The method that records each counter's facts. */
const methods = {
  /** A channel confirmed a promotional post. */
  marketing_posts_total: 'recordMarketingPost',
  /** Stripe created a Checkout Session for a plan of the contract. */
  billing_checkout_started_total: 'recordCheckoutStarted',
  /** Stripe reports that a payment succeeded, an attempt failed or a refund succeeded. */
  billing_payments_total: 'recordPayment',
} as const satisfies Readonly<Record<CounterName, `record${string}`>>

type RecordFact<Name extends CounterName> =
  LabelOf<Name> extends ''
    ? (proof: Proof<Name>, alongside?: Alongside) => Promise<Recorded>
    : (label: LabelOf<Name>, proof: Proof<Name>, alongside?: Alongside) => Promise<Recorded>

type RecordingMethods = {
  readonly [Name in CounterName as (typeof methods)[Name]]: RecordFact<Name>
}

/** The methods that increment the counters, one for each. Each resolves after the commit. */
export interface Recorder extends RecordingMethods {
  /** Whether a plan may be a label: it is configured, or already has a total. */
  hasPlan(plan: string): boolean
}

export interface RecorderOptions {
  readonly record: (fact: Fact, alongside?: Alongside) => Promise<Recorded>
  readonly plans: readonly string[]
}

/** Throws a TypeError for a label outside the contract, which never reaches the ledger or a counter. */
export function createRecorder({ record, plans }: RecorderOptions): Recorder {
  const through = (counter: CounterName, label: string, proof: Proof, alongside?: Alongside) => {
    if (!labelsOf(counter, plans).includes(label))
      return Promise.reject(new TypeError(`${counter} has no label "${label}" in its contract`))
    return record({ ...proof, counter, label }, alongside)
  }
  return {
    recordMarketingPost: (post, alongside) => through('marketing_posts_total', '', post, alongside),
    recordCheckoutStarted: (plan, checkout, alongside) =>
      through('billing_checkout_started_total', plan, checkout, alongside),
    recordPayment: (status, payment, alongside) =>
      through('billing_payments_total', status, payment, alongside),
    hasPlan: (plan) => plans.includes(plan),
  }
}
