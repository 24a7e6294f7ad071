import type { StripeFact } from '../../src/stripe/facts/stripe-fact.ts'
import { genesis } from './open-test-ledger.ts'

/** A success of a PaymentIntent as a reconcile finds it, made an hour after the ledger began. */
export function listedSuccess(id: string): StripeFact<'billing_payments_total'> {
  return {
    counter: 'billing_payments_total',
    label: 'success',
    proof: {
      key: `payment:success:${id}`,
      occurredAt: genesis + 3_600_000,
      objectCreatedAt: genesis + 3_600_000,
      source: 'reconcile',
      evidence: id,
      amountMinor: 1000,
      currency: 'usd',
    },
  }
}
