import { listAnswer } from '../api/list-answer.ts'
import { metadataOf, optionalInteger, optionalText } from '../api/params.ts'
import type { ApiRoute, Call } from '../api/route.ts'
import { invalidRequest, noSuch } from '../api/stripe-error.ts'
import { makeRefund } from '../payments/refunds.ts'
import type { Charge, Refund } from './types.ts'

function chargeToRefund({ unit, params }: Call): Charge {
  const chargeId = optionalText(params, 'charge')
  const intentId = optionalText(params, 'payment_intent')
  if (chargeId !== null) {
    const charge = unit.store.find('charge', chargeId)
    if (charge) return charge
    throw noSuch('charge', chargeId, 'charge')
  }
  if (intentId === null)
    throw invalidRequest(
      'One of the following params should be provided for this request: payment_intent or charge.',
    )
  const intent = unit.store.find('payment_intent', intentId)
  if (!intent) throw noSuch('payment_intent', intentId, 'payment_intent')
  const charge = intent.latest_charge && unit.store.find('charge', intent.latest_charge)
  if (charge && intent.status === 'succeeded') return charge
  throw invalidRequest(
    `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`,
    {
      param: 'payment_intent',
    },
  )
}

function create(call: Call): Refund {
  return makeRefund(call.unit, chargeToRefund(call), {
    amount: optionalInteger(call.params, 'amount'),
    reason: optionalText(call.params, 'reason'),
    metadata: metadataOf(call.params),
  })
}

export const refundRoutes: readonly ApiRoute[] = [
  {
    method: 'post',
    path: '/v1/refunds',
    accepts: [
      'amount',
      'charge',
      'currency',
      'customer',
      'instructions_email',
      'metadata',
      'origin',
      'payment_intent',
      'reason',
      'refund_application_fee',
      'reverse_transfer',
    ],
    handle: create,
  },
  {
    method: 'get',
    path: '/v1/refunds',
    accepts: ['charge', 'created', 'ending_before', 'limit', 'payment_intent', 'starting_after'],
    handle: (call) => {
      const intent = optionalText(call.params, 'payment_intent')
      const charge = optionalText(call.params, 'charge')
      const keys = [intent, charge && call.unit.store.find('charge', charge)?.payment_intent]
      const groupKeys = keys.filter((key) => typeof key === 'string')
      return listAnswer(call, 'refund', '/v1/refunds', {
        ...(intent !== null || charge !== null ? { groupKeys } : {}),
        ...(charge !== null && { matches: (refund) => refund.charge === charge }),
      })
    },
  },
  {
    method: 'get',
    path: '/v1/refunds/:id',
    handle: ({ unit, id }) => {
      const refund = unit.store.find('refund', id)
      if (!refund) throw noSuch('refund', id, 'id', 404)
      return refund
    },
  },
]
