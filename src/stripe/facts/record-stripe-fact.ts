import type { Recorder } from '../../../instrumentation/business/recorder.ts'
import type { Recorded } from '../../ledger/fact.ts'
import type { StripeFact } from './stripe-fact.ts'

/** Takes a fact that Stripe told of through its door. Resolves after the commit. */
export function recordStripeFact(recorder: Recorder, fact: StripeFact): Promise<Recorded> {
  return fact.kind === 'payment'
    ? recorder.recordPayment(fact.status, fact.proof)
    : recorder.recordCheckoutStarted(fact.plan, fact.proof)
}
