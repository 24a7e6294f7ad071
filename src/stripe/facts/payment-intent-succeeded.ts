import { z } from 'zod'
import { amount, type StripeEvent, seconds } from '../event.ts'
import type { FactContext, StripeFact } from './stripe-fact.ts'

const paymentIntent = z.object({
  id: z.string(),
  created: seconds,
  amount,
  currency: z.string(),
})

/** One success per PaymentIntent, however many events tell of it. */
export const paymentIntentSucceeded = {
  types: ['payment_intent.succeeded'],
  read: (event: StripeEvent, { source }: FactContext): StripeFact => {
    const intent = paymentIntent.parse(event.data.object)
    return {
      kind: 'payment',
      status: 'success',
      proof: {
        key: `payment:success:${intent.id}`,
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
