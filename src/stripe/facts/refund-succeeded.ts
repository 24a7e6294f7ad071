import { z } from 'zod'
import { amount, type StripeEvent, seconds } from '../event.ts'
import type { FactContext, StripeFact } from './stripe-fact.ts'

const refund = z.object({
  id: z.string(),
  created: seconds,
  amount,
  currency: z.string(),
  status: z.string().nullish(),
})

/** One per refund, partial ones too, once it has succeeded: at its creation or at a later update. */
export const refundSucceeded = {
  types: ['refund.created', 'refund.updated', 'charge.refund.updated'],
  read: (event: StripeEvent, { source }: FactContext): StripeFact | undefined => {
    const { id, created, status, ...money } = refund.parse(event.data.object)
    if (status !== 'succeeded') return undefined
    return {
      kind: 'payment',
      status: 'refunded',
      proof: {
        key: `payment:refunded:${id}`,
        occurredAt: event.created * 1000,
        objectCreatedAt: created * 1000,
        source,
        evidence: event.id,
        amountMinor: money.amount,
        currency: money.currency,
      },
    }
  },
} as const
