import type { Recorder } from '../../../instrumentation/business/recorder.ts'
import type { Recorded } from '../../ledger/fact.ts'
import type { StripeFact } from './stripe-fact.ts'

/** Records a fact that Stripe reported by the recorder method of its counter. Resolves after the commit. */
export function recordStripeFact(recorder: Recorder, fact: StripeFact): Promise<Recorded> {
  return fact.kind === 'payment'
    ? recorder.recordPayment(fact.status, fact.proof)
    : recorder.recordCheckoutStarted(fact.plan, fact.proof)
}
