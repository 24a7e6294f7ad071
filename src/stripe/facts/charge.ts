import { z } from 'zod'
import { seconds, stripeId } from './event.ts'
import { intentWithStatusSchema, paymentFailure, paymentSuccess } from './payment-intent.ts'
import type { FactContext, StripeFact } from './stripe-fact.ts'

const chargeSchema = z.object({
  id: stripeId,
  created: seconds,
  status: z.string(),
  captured: z.boolean(),
  payment_intent: intentWithStatusSchema.nullish(),
})

/**
 * A charge with its PaymentIntent expanded: a success once it is captured, or a failed attempt, which
 * claims nothing and uses the charge's key. Charges of the old API, without a PaymentIntent, are
 * not counted.
 */
export function readCharge(object: unknown, context: FactContext): StripeFact | undefined {
  const charge = chargeSchema.parse(object)
  const { payment_intent: intent, status, captured } = charge
  if (!intent) return undefined
  const proof = { evidence: charge.id, occurredAt: charge.created * 1000 }
  if (status === 'failed') return paymentFailure(intent, charge.id, proof, context)
  return status === 'succeeded' && captured && intent.status === 'succeeded'
    ? paymentSuccess(intent, proof, context)
    : undefined
}
