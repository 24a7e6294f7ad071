import { z } from 'zod'
import { paymentKey } from '../../ledger/fact-key.ts'
import { amount, seconds } from './event.ts'
import type { FactContext, FactEvidence, StripeFact } from './stripe-fact.ts'

const refundSchema = z.object({
  id: z.string(),
  created: seconds,
  amount,
  currency: z.string(),
  status: z.string().nullish(),
})

/** A refund that has succeeded; undefined before that. The evidence of a listed one is itself. */
export function readRefund(
  object: unknown,
  context: FactContext,
  proof?: FactEvidence,
): StripeFact | undefined {
  const refund = refundSchema.parse(object)
  if (refund.status !== 'succeeded') return undefined
  const createdAt = refund.created * 1000
  return {
    counter: 'billing_payments_total',
    label: 'refunded',
    proof: {
      key: paymentKey('refunded', refund.id),
      occurredAt: proof?.occurredAt ?? createdAt,
      objectCreatedAt: createdAt,
      source: context.source,
      evidence: proof?.evidence ?? refund.id,
      amountMinor: refund.amount,
      currency: refund.currency,
    },
  }
}
