import { z } from 'zod'
import { reference, type StripeEvent } from './event.ts'
import { paymentFailure, paymentIntentSchema } from './payment-intent.ts'
import type { FactContext, StripeFact } from './stripe-fact.ts'

const failedIntent = paymentIntentSchema.extend({
  latest_charge: reference,
  last_payment_error: z.object({ code: z.string().nullish(), charge: reference }).nullish(),
})

/**
 * One failure per attempt. An attempt is known by its charge; a refused authentication makes none,
 * and `latest_charge` is then an earlier attempt's, so the event itself stands for it.
 */
export const paymentIntentFailed = {
  types: ['payment_intent.payment_failed'],
  read: (event: StripeEvent, context: FactContext): StripeFact => {
    const intent = failedIntent.parse(event.data.object)
    const proof = { evidence: event.id, occurredAt: event.created * 1000 }
    return paymentFailure(intent, attemptId(intent) ?? event.id, proof, context)
  },
} as const

function attemptId(intent: z.infer<typeof failedIntent>): string | null | undefined {
  const error = intent.last_payment_error
  if (typeof error?.charge === 'string') return error.charge
  if (error?.code === 'payment_intent_authentication_failure') return undefined
  return intent.latest_charge
}
