import { z } from 'zod'
import { paymentKey } from '../../ledger/fact-key.ts'
import { amount, currency, seconds, stripeId } from './event.ts'
import type { FactContext, FactEvidence, StripeFact } from './stripe-fact.ts'

/** A PaymentIntent as every source shows it. */
export const paymentIntentSchema = z.object({
  id: stripeId,
  created: seconds,
  /** "Amount intended to be collected" (stripe-node, PaymentIntents.d.ts). */
  amount,
  /** "Amount that this PaymentIntent collects": less than `amount` after a partial capture. */
  amount_received: amount.nullish(),
  currency,
})

export type PaymentIntent = z.infer<typeof paymentIntentSchema>

/**
 * The one success of a PaymentIntent; its amount is what was received. Undefined where there was nothing
 * to pay: no charge and no list shows it, and no money came.
 */
export function paymentSuccess(
  intent: PaymentIntent,
  { evidence, occurredAt }: FactEvidence,
  { source }: FactContext,
): StripeFact | undefined {
  if (intent.amount === 0) return undefined
  return {
    counter: 'billing_payments_total',
    label: 'success',
    proof: {
      key: paymentKey('success', intent.id),
      occurredAt,
      objectCreatedAt: intent.created * 1000,
      source,
      evidence,
      amountMinor: intent.amount_received ?? intent.amount,
      currency: intent.currency,
    },
  }
}

/** A failed attempt under the key of its charge, or of its event if there is no charge. */
export function paymentFailure(
  intent: PaymentIntent,
  attemptId: string,
  { evidence, occurredAt }: FactEvidence,
  { source }: FactContext,
): StripeFact<'billing_payments_total'> {
  return {
    counter: 'billing_payments_total',
    label: 'failed',
    proof: {
      key: paymentKey('failed', attemptId),
      occurredAt,
      objectCreatedAt: intent.created * 1000,
      source,
      evidence,
      amountMinor: intent.amount,
      currency: intent.currency,
    },
  }
}

/** A listed or retrieved PaymentIntent, so that its current state is known. */
export const intentWithStatusSchema = paymentIntentSchema.extend({ status: z.string() })

/** The success of a retrieved PaymentIntent; undefined if it has not succeeded. */
export function readSucceededIntent(object: unknown, context: FactContext): StripeFact | undefined {
  const intent = intentWithStatusSchema.parse(object)
  if (intent.status !== 'succeeded') return undefined
  const proof = { evidence: intent.id, occurredAt: intent.created * 1000 }
  return paymentSuccess(intent, proof, context)
}
