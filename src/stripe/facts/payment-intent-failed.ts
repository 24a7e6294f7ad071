import { z } from 'zod'
import { amount, reference, type StripeEvent, seconds } from '../event.ts'
import type { FactContext, StripeFact } from './stripe-fact.ts'

const paymentIntent = z.object({
  id: z.string(),
  created: seconds,
  amount,
  currency: z.string(),
  latest_charge: reference,
  last_payment_error: z.object({ code: z.string().nullish(), charge: reference }).nullish(),
})

/**
 * One failure per attempt. An attempt is known by its charge; a refused authentication makes none,
 * and `latest_charge` is then an earlier attempt's, so the event itself stands for it.
 */
export const paymentIntentFailed = {
  types: ['payment_intent.payment_failed'],
  read: (event: StripeEvent, { source }: FactContext): StripeFact => {
    const intent = paymentIntent.parse(event.data.object)
    return {
      kind: 'payment',
      status: 'failed',
      proof: {
        key: `payment:failed:${attemptId(intent) ?? event.id}`,
        occurredAt: event.created * 1000,
        objectCreatedAt: intent.created * 1000,
        source,
        evidence: event.id,
        amountMinor: intent.amount,
        currency: intent.currency,
      },
    }
  },
} as const

const attemptId = (intent: z.infer<typeof paymentIntent>): string | null | undefined => {
  const error = intent.last_payment_error
  if (typeof error?.charge === 'string') return error.charge
  if (error?.code === 'payment_intent_authentication_failure') return undefined
  return intent.latest_charge
}
