import { z } from 'zod'
import { checkoutKey } from '../../ledger/fact-key.ts'
import { amount, currency, seconds, stripeId } from './event.ts'
import type { FactContext, StripeFact } from './stripe-fact.ts'

const checkoutSessionSchema = z.object({
  id: stripeId,
  created: seconds,
  amount_total: amount.nullish(),
  currency: currency.nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
})

/**
 * The start of a Checkout Session, which happened at its creation, whichever source reports it.
 * Our sessions have the ledger id in their metadata; undefined for all others.
 */
export function readCheckoutSession(
  object: unknown,
  context: FactContext,
  evidence?: string,
): StripeFact | undefined {
  const session = checkoutSessionSchema.parse(object)
  const { plan, countinghouse } = session.metadata ?? {}
  if (countinghouse !== context.ledgerId) return undefined
  if (plan === undefined || !context.hasPlan(plan)) return undefined
  return {
    counter: 'billing_checkout_started_total',
    label: plan,
    proof: {
      key: checkoutKey(session.id),
      occurredAt: session.created * 1000,
      objectCreatedAt: session.created * 1000,
      source: context.source,
      evidence: evidence ?? session.id,
      amountMinor: session.amount_total ?? null,
      currency: session.currency ?? null,
    },
  }
}
