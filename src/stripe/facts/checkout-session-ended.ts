import { readCheckoutSession } from './checkout-session.ts'
import type { StripeEvent } from './event.ts'
import type { FactContext, StripeFact } from './stripe-fact.ts'

/**
 * The start of a Checkout Session has no event of its own, but every session ends, completed or
 * expired, so an end proves a start.
 */
export const checkoutSessionEnded = {
  types: ['checkout.session.completed', 'checkout.session.expired'],
  read: (event: StripeEvent, context: FactContext): StripeFact | undefined =>
    readCheckoutSession(event.data.object, context, event.id),
} as const
