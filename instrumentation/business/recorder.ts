import type { CounterName, Fact, PaymentStatus, Proof, Recorded } from '../../src/ledger/fact.ts'
import type { Alongside } from '../../src/ledger/record/ledger.ts'
import { labelsOf } from './apply-totals.ts'

/** The three methods that increment the counters. Each resolves after the commit. */
export interface Recorder {
  /** A channel confirmed a promotional post. */
  recordMarketingPost(post: Proof, alongside?: Alongside): Promise<Recorded>
  /** Stripe created a Checkout Session for a plan of the contract. */
  recordCheckoutStarted(plan: string, checkout: Proof, alongside?: Alongside): Promise<Recorded>
  /** Stripe says that a payment succeeded, an attempt failed or a refund succeeded. */
  recordPayment(status: PaymentStatus, payment: Proof, alongside?: Alongside): Promise<Recorded>
  /** Whether a plan may be a label: configured, or with a total from earlier. */
  hasPlan(plan: string): boolean
}

export interface RecorderOptions {
  readonly record: (fact: Fact, alongside?: Alongside) => Promise<Recorded>
  readonly plans: readonly string[]
}

/** A label outside the contract is refused with a TypeError: it never reaches the ledger or a counter. */
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
    hasPlan: (plan) => labelsOf('billing_checkout_started_total', plans).includes(plan),
  }
}
