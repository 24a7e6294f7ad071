import { listAnswer } from '../api/list-answer.ts'
import {
  metadataOf,
  nested,
  oneOf,
  optionalBoolean,
  optionalInteger,
  optionalText,
  requiredAmount,
  requiredText,
} from '../api/params.ts'
import type { ApiRoute, Call } from '../api/route.ts'
import { type ErrorBody, invalidRequest, noSuch, StripeError } from '../api/stripe-error.ts'
import { cancelPayment, captureHold } from '../payments/holds.ts'
import { attemptPayment } from '../payments/payments.ts'
import { savePayment, startPayment } from '../payments/start-payment.ts'
import { cardFor } from './payment-method.ts'
import type { PaymentIntent } from './types.ts'
import { render } from './types.ts'

const captureMethods = ['automatic_async', 'automatic', 'manual'] as const
const openStatuses: readonly PaymentIntent['status'][] = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
]
const cancellable = [...openStatuses, 'requires_capture', 'processing']

function find({ unit, id }: Call): PaymentIntent {
  const intent = unit.store.find('payment_intent', id)
  if (intent) return intent
  throw noSuch('payment_intent', id, 'intent', 404)
}

function unexpectedState(intent: PaymentIntent, verb: string) {
  return new StripeError(400, {
    type: 'invalid_request_error',
    code: 'payment_intent_unexpected_state',
    message: `You cannot ${verb} this PaymentIntent because it has a status of ${intent.status}.`,
    payment_intent: render(intent),
  })
}

/** Tries the payment method; a declined card is answered 402 and recorded. */
function confirm({ unit, params }: Call, intent: PaymentIntent): PaymentIntent | StripeError {
  if (!openStatuses.includes(intent.status)) throw unexpectedState(intent, 'confirm')
  const method = optionalText(params, 'payment_method') ?? intent.payment_method
  if (method === null)
    throw invalidRequest(
      'You cannot confirm this PaymentIntent because it is missing a payment method.',
      { code: 'payment_intent_unexpected_state', param: 'payment_method' },
    )
  intent.payment_method = method
  attemptPayment(unit, intent, cardFor(unit, method))
  const error = intent.last_payment_error
  if (!error) return intent
  const { type: _, ...details } = error
  const body: ErrorBody = { type: 'card_error', ...details, payment_intent: render(intent) }
  return new StripeError(402, body)
}

function create(call: Call): PaymentIntent | StripeError {
  const { unit, params } = call
  const method = optionalText(params, 'payment_method')
  if (method !== null) cardFor(unit, method)
  const intent = startPayment(unit, {
    amount: requiredAmount(params, 'amount'),
    currency: requiredText(params, 'currency').toLowerCase(),
    metadata: metadataOf(params),
    customer: optionalText(params, 'customer'),
    description: optionalText(params, 'description'),
    shipping: params.shipping === undefined ? null : nested(params, 'shipping'),
    captureMethod: oneOf(params, 'capture_method', captureMethods, 'automatic_async'),
  })
  if (optionalBoolean(params, 'confirm') === true) return confirm(call, intent)
  if (method !== null) {
    intent.payment_method = method
    intent.status = 'requires_confirmation'
    savePayment(unit, intent)
  }
  return intent
}

function capture(call: Call): PaymentIntent {
  const { unit, params } = call
  const intent = find(call)
  const charge = intent.latest_charge && unit.store.find('charge', intent.latest_charge)
  if (intent.status !== 'requires_capture' || !charge) throw unexpectedState(intent, 'capture')
  const amount = optionalInteger(params, 'amount_to_capture') ?? intent.amount
  if (amount < 1 || amount > intent.amount)
    throw invalidRequest('The amount to capture must be between 1 and the authorised amount.', {
      code: 'amount_too_large',
      param: 'amount_to_capture',
    })
  captureHold(unit, intent, charge, amount)
  return intent
}

function cancel(call: Call): PaymentIntent {
  const { unit, params } = call
  const intent = find(call)
  if (!cancellable.includes(intent.status)) throw unexpectedState(intent, 'cancel')
  cancelPayment(unit, intent, optionalText(params, 'cancellation_reason'))
  return intent
}

export const paymentIntentRoutes: readonly ApiRoute[] = [
  { method: 'post', path: '/v1/payment_intents', handle: create },
  {
    method: 'get',
    path: '/v1/payment_intents',
    accepts: ['created', 'customer', 'ending_before', 'limit', 'starting_after'],
    handle: (call) => {
      const customer = optionalText(call.params, 'customer')
      return listAnswer(call, 'payment_intent', '/v1/payment_intents', {
        ...(customer !== null && { groupKeys: [customer] }),
      })
    },
  },
  { method: 'get', path: '/v1/payment_intents/:id', handle: find },
  {
    method: 'post',
    path: '/v1/payment_intents/:id/confirm',
    handle: (call) => confirm(call, find(call)),
  },
  { method: 'post', path: '/v1/payment_intents/:id/capture', handle: capture },
  { method: 'post', path: '/v1/payment_intents/:id/cancel', handle: cancel },
]
