import type { UnitOfWork } from '../context.ts'
import { bookCharge, saveCharge } from '../objects/charge.ts'
import type { Charge, PaymentIntent } from '../objects/types.ts'
import { refundsReleases } from '../objects/versions.ts'
import { emit } from '../webhooks/emit.ts'
import { releaseAsRefund } from './refunds.ts'
import { savePayment } from './start-payment.ts'

/** A card authorisation lasts seven days: https://docs.stripe.com/payments/place-a-hold-on-a-payment-method */
const holdMs = 7 * 86_400_000

/** The bank reserves the amount: `charge.succeeded`, `payment_intent.amount_capturable_updated`. */
export function holdAmount(unit: UnitOfWork, intent: PaymentIntent, charge: Charge): void {
  intent.latest_charge = charge.id
  intent.status = 'requires_capture'
  intent.amount_capturable = intent.amount
  savePayment(unit, intent)
  unit.jobs.add({ kind: 'expire_hold', objectId: intent.id }, unit.nowMs + holdMs)
  emit(unit, 'charge.succeeded', charge)
  emit(unit, 'payment_intent.amount_capturable_updated', intent)
}

/**
 * Captures an authorised payment: `charge.captured`, `payment_intent.succeeded`. The rest of the hold is released;
 * in old versions the whole amount is booked and the rest is refunded by a Refund object.
 */
export function captureHold(
  unit: UnitOfWork,
  intent: PaymentIntent,
  charge: Charge,
  amount: number,
): void {
  const asRefund = refundsReleases(unit.versions().account)
  charge.captured = true
  charge.amount_captured = amount
  bookCharge(unit, charge, asRefund ? charge.amount : amount)
  saveCharge(unit, charge)
  intent.status = 'succeeded'
  intent.amount_received = amount
  intent.amount_capturable = 0
  savePayment(unit, intent)
  unit.jobs.remove({ kind: 'expire_hold', objectId: intent.id })
  unit.truth.add('success', intent.id, intent.created)
  emit(unit, 'charge.captured', charge)
  if (asRefund && amount < charge.amount)
    releaseAsRefund(unit, charge, { amount: charge.amount - amount, reason: null })
  emit(unit, 'payment_intent.succeeded', intent)
}

/** Cancels a PaymentIntent without a payment and releases its hold. */
export function cancelPayment(
  unit: UnitOfWork,
  intent: PaymentIntent,
  reason: string | null,
): void {
  release(unit, intent, null)
  unit.jobs.remove({ kind: 'finish_payment', objectId: intent.id })
  unit.jobs.remove({ kind: 'expire_hold', objectId: intent.id })
  intent.status = 'canceled'
  intent.canceled_at = unit.nowSeconds
  intent.cancellation_reason = reason
  intent.amount_capturable = 0
  savePayment(unit, intent)
  emit(unit, 'payment_intent.canceled', intent)
}

/** The hold expired before a capture: `charge.expired`, and the PaymentIntent is canceled. */
export function expireHold(unit: UnitOfWork, id: string): PaymentIntent | undefined {
  const intent = unit.store.find('payment_intent', id)
  if (intent?.status !== 'requires_capture') return undefined
  release(unit, intent, 'expired_uncaptured_charge')
  cancelPayment(unit, intent, 'automatic')
  return intent
}

function release(unit: UnitOfWork, intent: PaymentIntent, reason: string | null): void {
  const charge = intent.latest_charge && unit.store.find('charge', intent.latest_charge)
  if (intent.status !== 'requires_capture' || !charge || charge.$.released > 0) return
  if (reason !== null) emit(unit, 'charge.expired', charge)
  if (refundsReleases(unit.versions().account))
    releaseAsRefund(unit, charge, { amount: charge.amount, reason })
}
