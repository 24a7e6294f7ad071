import { optionalInteger, requiredText } from '../api/params.ts'
import type { ApiRoute, Call } from '../api/route.ts'
import { invalidRequest, noSuch, StripeError } from '../api/stripe-error.ts'
import { paySession } from '../payments/checkouts.ts'
import { cardFor } from './payment-method.ts'
import type { CheckoutSession } from './types.ts'

function find({ unit, id }: Call): CheckoutSession {
  const session = unit.store.find('checkout_session', id)
  if (session) return session
  throw noSuch('payment_page', id, 'id', 404)
}

/** The endpoints with which the Stripe CLI pays a session as Stripe's own page does. */
export const paymentPageRoutes: readonly ApiRoute[] = [
  { method: 'get', path: '/v1/payment_pages/:id', handle: find },
  {
    method: 'post',
    path: '/v1/payment_pages/:id/confirm',
    handle: (call) => {
      const session = find(call)
      const expected = optionalInteger(call.params, 'expected_amount')
      if (expected !== null && expected !== session.amount_total)
        throw invalidRequest('The expected amount does not match.', { param: 'expected_amount' })
      const card = cardFor(call.unit, requiredText(call.params, 'payment_method'))
      const error = paySession(call.unit, session, card)?.last_payment_error
      if (!error) return session
      const { type: _, ...details } = error
      return new StripeError(402, { type: 'card_error', ...details })
    },
  },
]
