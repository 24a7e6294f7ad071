import { listAnswer } from '../api/list-answer.ts'
import { optionalText, texts } from '../api/params.ts'
import type { ApiRoute, Call } from '../api/route.ts'
import { invalidRequest, noSuch } from '../api/stripe-error.ts'
import { expireSession } from '../payments/checkouts.ts'
import { createSession } from '../payments/create-session.ts'
import { sessionParams } from './checkout-session-params.ts'
import type { CheckoutSession } from './types.ts'

function find({ unit, id }: Call): CheckoutSession {
  const session = unit.store.find('checkout_session', id)
  if (session) return session
  throw noSuch('checkout.session', id, 'session', 404)
}

function linesOf(session: CheckoutSession): object {
  return {
    object: 'list',
    data: session.$.lines,
    has_more: false,
    url: `/v1/checkout/sessions/${session.id}/line_items`,
  }
}

function withLines(call: Call, session: CheckoutSession): CheckoutSession {
  return texts(call.params, 'expand').includes('line_items')
    ? { ...session, line_items: linesOf(session) }
    : session
}

export const checkoutSessionRoutes: readonly ApiRoute[] = [
  {
    method: 'post',
    path: '/v1/checkout/sessions',
    accepts: sessionParams,
    handle: (call) => withLines(call, createSession(call)),
  },
  {
    method: 'get',
    path: '/v1/checkout/sessions',
    accepts: [
      'created',
      'customer',
      'customer_details',
      'ending_before',
      'limit',
      'payment_intent',
      'starting_after',
      'status',
      'subscription',
    ],
    handle: (call) => {
      const intent = optionalText(call.params, 'payment_intent')
      const same = (['status', 'subscription', 'customer'] as const)
        .map((name) => [name, optionalText(call.params, name)] as const)
        .filter(([, wanted]) => wanted !== null)
      return listAnswer(call, 'checkout_session', '/v1/checkout/sessions', {
        ...(intent !== null && { groupKeys: [intent] }),
        ...(same.length > 0 && {
          matches: (session) => same.every(([name, wanted]) => session[name] === wanted),
        }),
      })
    },
  },
  {
    method: 'get',
    path: '/v1/checkout/sessions/:id',
    handle: (call) => withLines(call, find(call)),
  },
  {
    method: 'get',
    path: '/v1/checkout/sessions/:id/line_items',
    handle: (call) => linesOf(find(call)),
  },
  {
    method: 'post',
    path: '/v1/checkout/sessions/:id/expire',
    handle: (call) => {
      const session = find(call)
      if (session.status === 'open') return expireSession(call.unit, session)
      throw invalidRequest(
        'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session ' +
          `has a status of \`${session.status}\`.`,
      )
    },
  },
]
