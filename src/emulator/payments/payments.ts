import type { UnitOfWork } from '../context.ts'
import { createCharge, outcome } from '../objects/charge.ts'
import type { PaymentIntent } from '../objects/types.ts'
import { emit } from '../webhooks/emit.ts'
import { paymentFailed, paymentSucceeded } from './outcomes.ts'
import { savePayment } from './start-payment.ts'
import type { CardOutcome } from './test-cards.ts'

const processingMsDefault = 2_000

/** One attempt with a payment method that behaves so. Changes the PaymentIntent and emits. */
export function attemptPayment(unit: UnitOfWork, intent: PaymentIntent, card: CardOutcome): void {
  intent.last_payment_error = null
  intent.next_action = null
  const processingMs = unit.faults.current.processingMs
  if (card.kind === 'asks_authentication') askAuthentication(unit, intent)
  else if (card.kind === 'processes')
    processLater(unit, intent, card.as, processingMs || processingMsDefault)
  else if (processingMs > 0)
    processLater(unit, intent, card.kind === 'declined' ? 'failed' : 'succeeded', processingMs)
  else if (card.kind === 'declined') decline(unit, intent, card)
  else succeed(unit, intent)
}

/** A payment that was `processing` reaches its end. Returns the PaymentIntent, if it was. */
export function finishPayment(unit: UnitOfWork, id: string): PaymentIntent | undefined {
  const intent = unit.store.find('payment_intent', id)
  const charge = intent?.latest_charge && unit.store.find('charge', intent.latest_charge)
  if (!intent || !charge || intent.status !== 'processing') return undefined
  if (intent.$.endsAs === 'succeeded') {
    charge.status = 'succeeded'
    charge.paid = true
    charge.amount_captured = charge.amount
    charge.outcome = outcome('succeeded', undefined)
    paymentSucceeded(unit, intent, charge)
    return intent
  }
  charge.status = 'failed'
  charge.failure_code = 'payment_method_provider_decline'
  charge.failure_message = 'The bank returned the debit.'
  charge.outcome = outcome('failed', undefined)
  intent.status = 'requires_payment_method'
  intent.last_payment_error = {
    type: 'invalid_request_error',
    code: 'payment_method_provider_decline',
    message: 'The bank returned the debit.',
  }
  paymentFailed(unit, intent, charge)
  return intent
}

function succeed(unit: UnitOfWork, intent: PaymentIntent): void {
  const captured = intent.capture_method !== 'manual'
  const charge = createCharge(unit, intent, { status: 'succeeded', captured })
  if (captured) {
    paymentSucceeded(unit, intent, charge)
    return
  }
  intent.latest_charge = charge.id
  intent.status = 'requires_capture'
  intent.amount_capturable = intent.amount
  savePayment(unit, intent)
  emit(unit, 'charge.succeeded', charge)
  emit(unit, 'payment_intent.amount_capturable_updated', intent)
}

function decline(
  unit: UnitOfWork,
  intent: PaymentIntent,
  { code, declineCode }: Extract<CardOutcome, { kind: 'declined' }>,
): void {
  const message = messageFor(code)
  const charge = createCharge(unit, intent, {
    status: 'failed',
    captured: false,
    failure: { code, message, declineCode },
  })
  intent.status = 'requires_payment_method'
  intent.payment_method = null
  intent.last_payment_error = {
    type: 'card_error',
    code,
    message,
    charge: charge.id,
    ...(declineCode !== null && { decline_code: declineCode }),
  }
  paymentFailed(unit, intent, charge)
}

function processLater(
  unit: UnitOfWork,
  intent: PaymentIntent,
  as: 'succeeded' | 'failed',
  processingMs: number,
): void {
  const charge = createCharge(unit, intent, { status: 'pending', captured: true })
  intent.latest_charge = charge.id
  intent.status = 'processing'
  intent.$ = { ...intent.$, endsAs: as }
  savePayment(unit, intent)
  unit.jobs.add({ kind: 'finish_payment', objectId: intent.id }, unit.nowMs + processingMs)
  emit(unit, 'charge.pending', charge)
  emit(unit, 'payment_intent.processing', intent)
}

function askAuthentication(unit: UnitOfWork, intent: PaymentIntent): void {
  intent.status = 'requires_action'
  intent.next_action = {
    type: 'use_stripe_sdk',
    use_stripe_sdk: { type: 'three_d_secure_redirect' },
  }
  savePayment(unit, intent)
  emit(unit, 'payment_intent.requires_action', intent)
}

const messages: Readonly<Record<string, string>> = {
  card_declined: 'Your card was declined.',
  expired_card: 'Your card has expired.',
  incorrect_cvc: "Your card's security code is incorrect.",
  processing_error: 'An error occurred while processing your card. Try again in a little bit.',
}

function messageFor(code: string): string {
  return messages[code] ?? 'Your card was declined.'
}
