import { z } from 'zod'
import { amount, type StripeEvent, seconds } from '../event.ts'
import type { FactContext, StripeFact } from './stripe-fact.ts'

const checkoutSession = z.object({
  id: z.string(),
  created: seconds,
  amount_total: amount.nullish(),
  currency: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
})

/**
 * The start of a Checkout Session has no event of its own, but every session ends, completed or
 * expired: what ended was started. Ours are known by the ledger's id in the metadata.
 */
export const checkoutSessionEnded = {
  types: ['checkout.session.completed', 'checkout.session.expired'],
  read: (event: StripeEvent, context: FactContext): StripeFact | undefined => {
    const session = checkoutSession.parse(event.data.object)
    const { plan, countinghouse } = session.metadata ?? {}
    if (countinghouse !== context.ledgerId) return undefined
    if (plan === undefined || !context.hasPlan(plan)) return undefined
    return {
      kind: 'checkout_started',
      plan,
      proof: {
        key: `checkout:${session.id}`,
        occurredAt: session.created * 1000,
        objectCreatedAt: session.created * 1000,
        source: context.source,
        evidence: event.id,
        amountMinor: session.amount_total ?? null,
        currency: session.currency ?? null,
      },
    }
  },
} as const
