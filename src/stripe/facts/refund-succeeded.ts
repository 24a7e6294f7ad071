import type { StripeEvent } from './event.ts'
import { chargeQuestion, readRefund } from './refund.ts'
import type { ChargeQuestion, FactContext, StripeFact } from './stripe-fact.ts'

/** One per refund, including partial ones, once it has succeeded: at creation or in a later update. */
export const refundSucceeded = {
  types: ['refund.created', 'refund.updated', 'charge.refund.updated'],
  chargeQuestion: (event: StripeEvent): ChargeQuestion | undefined =>
    chargeQuestion(event.data.object),
  read: (event: StripeEvent, context: FactContext, charge?: unknown): StripeFact | undefined =>
    readRefund(
      event.data.object,
      context,
      { evidence: event.id, occurredAt: event.created * 1000 },
      charge,
    ),
} as const
