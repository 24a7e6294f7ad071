import type { StripeEvent } from './event.ts'
import { paymentIntentSchema, paymentSuccess } from './payment-intent.ts'
import type { FactContext, StripeFact } from './stripe-fact.ts'

/** One success per PaymentIntent, however many events report it. */
export const paymentIntentSucceeded = {
  types: ['payment_intent.succeeded'],
  read: (event: StripeEvent, context: FactContext): StripeFact | undefined =>
    paymentSuccess(
      paymentIntentSchema.parse(event.data.object),
      { evidence: event.id, occurredAt: event.created * 1000 },
      context,
    ),
} as const
