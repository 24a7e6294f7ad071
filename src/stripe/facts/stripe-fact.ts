import type { LabelOf, StripeCounter } from '../../../instrumentation/counters.ts'
import type { FactSource, Proof } from '../../ledger/fact.ts'

/** A fact that Stripe reported. */
export type StripeFact<Name extends StripeCounter = StripeCounter> = {
  [Each in Name]: {
    readonly counter: Each
    readonly label: LabelOf<Each>
    readonly proof: Proof<Each>
  }
}[Name]

/** The context that a reader needs in addition to the event. */
export interface FactContext {
  readonly ledgerId: string
  readonly source: FactSource
  /** Whether the plan is in the counters' contract. */
  readonly hasPlan: (plan: string) => boolean
}

/** What reports a fact: the event or the listed object itself, and when it happened according to it. */
export interface FactEvidence {
  /** Id of the event or object. */
  readonly evidence: string
  /** Milliseconds. */
  readonly occurredAt: number
}

/** What has to be retrieved from Stripe before a refund can be read, and the fact that it may prove. */
export interface ChargeQuestion {
  readonly chargeId: string
  readonly key: string
}
