import type { UnitOfWork } from '../context.ts'
import { bookCharge, saveCharge } from '../objects/charge.ts'
import { shownMethod } from '../objects/payment-method.ts'
import type { Charge, PaymentIntent } from '../objects/types.ts'
import { emit } from '../webhooks/emit.ts'
import { savePayment } from './start-payment.ts'

/** The payment succeeded: `charge.succeeded`, `payment_intent.succeeded`. */
export function paymentSucceeded(unit: UnitOfWork, intent: PaymentIntent, charge: Charge): void {
  intent.latest_charge = charge.id
  intent.status = 'succeeded'
  intent.amount_received = intent.amount
  bookCharge(unit, charge, charge.amount)
  savePayment(unit, intent)
  saveCharge(unit, charge)
  unit.truth.add('success', intent.id, intent.created)
  emit(unit, 'charge.succeeded', charge)
  emit(unit, 'payment_intent.succeeded', intent)
}

/** The attempt failed: `charge.failed`, `payment_intent.payment_failed`. */
export function paymentFailed(unit: UnitOfWork, intent: PaymentIntent, charge: Charge): void {
  intent.latest_charge = charge.id
  savePayment(unit, intent)
  saveCharge(unit, charge)
  unit.truth.add('failed', charge.id, intent.created)
  emit(unit, 'charge.failed', charge)
  emit(unit, 'payment_intent.payment_failed', intent)
}

export const chargelessCodes = [
  'payment_intent_authentication_failure',
  'authentication_failure',
  'payment_method_customer_decline',
  'payment_method_provider_decline',
  'payment_method_provider_timeout',
  'payment_intent_payment_attempt_expired',
] as const

export type ChargelessCode = (typeof chargelessCodes)[number]

const authenticationMessage =
  'The provided PaymentMethod has failed authentication. You can provide payment_method_data ' +
  'or a new PaymentMethod to attempt to fulfill this PaymentIntent again.'

const messages: Readonly<Record<ChargelessCode, string>> = {
  payment_intent_authentication_failure: authenticationMessage,
  authentication_failure: authenticationMessage,
  payment_method_customer_decline: 'The customer did not approve the PaymentIntent.',
  payment_method_provider_decline: 'The payment provider declined the payment.',
  payment_method_provider_timeout: 'The payment provider did not answer in time.',
  payment_intent_payment_attempt_expired: 'The time to pay has run out.',
}

/**
 * The customer failed 3-D Secure, or a redirect was declined, abandoned or timed out: the attempt fails without
 * a charge of its own, and `latest_charge` remains that of an earlier attempt.
 */
export function failWithoutCharge(
  unit: UnitOfWork,
  intent: PaymentIntent,
  code: ChargelessCode,
): void {
  const { payment_method: method } = intent
  intent.status = 'requires_payment_method'
  intent.next_action = null
  intent.last_payment_error = {
    type: 'invalid_request_error',
    code,
    doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}`,
    message: messages[code],
    ...(method === null ? {} : { payment_method: shownMethod(unit, method) }),
  }
  intent.payment_method = null
  savePayment(unit, intent)
  const event = emit(unit, 'payment_intent.payment_failed', intent, { sole: true })
  if (event) unit.truth.add('failed', event.id, intent.created)
}
