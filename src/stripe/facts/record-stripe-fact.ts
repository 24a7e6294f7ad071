import type { Recorder } from '../../../instrumentation/business/recorder.ts'
import type { Recorded } from '../../ledger/fact.ts'
import type { StripeFact } from './stripe-fact.ts'

/** Records a fact from Stripe with the recorder method of its counter. Resolves after the commit. */
export function recordStripeFact(recorder: Recorder, fact: StripeFact): Promise<Recorded> {
  switch (fact.counter) {
    case 'billing_payments_total':
      return recorder.recordPayment(fact.label, fact.proof)
    case 'billing_checkout_started_total':
      return recorder.recordCheckoutStarted(fact.label, fact.proof)
  }
}
