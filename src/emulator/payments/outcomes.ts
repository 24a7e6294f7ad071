import type { UnitOfWork } from '../context.ts'
import { saveCharge } from '../objects/charge.ts'
import type { Charge, PaymentIntent } from '../objects/types.ts'
import { emit } from '../webhooks/emit.ts'
import { savePayment } from './start-payment.ts'

/** The money came: `charge.succeeded`, `payment_intent.succeeded`. */
export function paymentSucceeded(unit: UnitOfWork, intent: PaymentIntent, charge: Charge): void {
  intent.latest_charge = charge.id
  intent.status = 'succeeded'
  intent.amount_received = intent.amount
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

/** Takes a payment that was only authorised: `charge.captured`, `payment_intent.succeeded`. */
export function capturePayment(
  unit: UnitOfWork,
  intent: PaymentIntent,
  charge: Charge,
  amount: number,
) {
  charge.captured = true
  charge.amount_captured = amount
  saveCharge(unit, charge)
  intent.status = 'succeeded'
  intent.amount_received = amount
  intent.amount_capturable = 0
  savePayment(unit, intent)
  unit.truth.add('success', intent.id, intent.created)
  emit(unit, 'charge.captured', charge)
  emit(unit, 'payment_intent.succeeded', intent)
}

/** The payer did not pass 3-D Secure: the attempt fails without a charge of its own. */
export function refuseAuthentication(unit: UnitOfWork, intent: PaymentIntent): void {
  intent.status = 'requires_payment_method'
  intent.next_action = null
  intent.last_payment_error = {
    type: 'invalid_request_error',
    code: 'payment_intent_authentication_failure',
    message:
      'The provided PaymentMethod has failed authentication. You can provide payment_method_data ' +
      'or a new PaymentMethod to attempt to fulfill this PaymentIntent again.',
  }
  intent.payment_method = null
  savePayment(unit, intent)
  const event = emit(unit, 'payment_intent.payment_failed', intent, { sole: true })
  if (event) unit.truth.add('failed', event.id, intent.created)
}
