import type { FactSource, PaymentStatus, Proof } from '../../ledger/fact.ts'

/** A fact that Stripe told of. */
export type StripeFact =
  | { readonly kind: 'payment'; readonly status: PaymentStatus; readonly proof: Proof }
  | { readonly kind: 'checkout_started'; readonly plan: string; readonly proof: Proof }

/** What a reader needs to know of us; the rest is in the event. */
export interface FactContext {
  readonly ledgerId: string
  readonly source: FactSource
  /** Whether the plan is in the counters' contract. */
  readonly hasPlan: (plan: string) => boolean
}

/** What reports a fact: the event or the listed object itself, and when it says that it happened. */
export interface FactEvidence {
  /** Id of the event or object. */
  readonly evidence: string
  /** Milliseconds. */
  readonly occurredAt: number
}
