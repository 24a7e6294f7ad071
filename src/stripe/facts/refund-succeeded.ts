import type { StripeEvent } from './event.ts'
import { readRefund } from './refund.ts'
import type { FactContext, StripeFact } from './stripe-fact.ts'

/** One per refund, partial ones too, once it has succeeded: at its creation or at a later update. */
export const refundSucceeded = {
  types: ['refund.created', 'refund.updated', 'charge.refund.updated'],
  read: (event: StripeEvent, context: FactContext): StripeFact | undefined =>
    readRefund(event.data.object, context, {
      evidence: event.id,
      occurredAt: event.created * 1000,
    }),
} as const
