import type { UnitOfWork } from '../context.ts'
import { createCharge, outcome } from '../objects/charge.ts'
import { shownMethod } from '../objects/payment-method.ts'
import type { PaymentIntent } from '../objects/types.ts'
import { emit } from '../webhooks/emit.ts'
import { holdAmount } from './holds.ts'
import { paymentFailed, paymentSucceeded } from './outcomes.ts'
import { savePayment } from './start-payment.ts'
import type { CardOutcome } from './test-cards.ts'

const processingMsDefault = 2_000

/** One attempt with a payment method of this behaviour. Changes the PaymentIntent and emits events. */
export function attemptPayment(unit: UnitOfWork, intent: PaymentIntent, card: CardOutcome): void {
  intent.last_payment_error = null
  intent.next_action = null
  const processingMs = unit.faults.current.processingMs
  if (card.kind === 'asks_authentication') askAction(unit, intent, threeDSecure)
  else if (card.kind === 'redirects') askAction(unit, intent, redirect(intent))
  else if (card.kind === 'processes')
    processLater(unit, intent, card.as, processingMs || processingMsDefault)
  else if (processingMs > 0)
    processLater(unit, intent, card.kind === 'declined' ? 'failed' : 'succeeded', processingMs)
  else if (card.kind === 'declined') decline(unit, intent, card)
  else succeed(unit, intent)
}

/** Settles a `processing` payment. Returns the PaymentIntent if it was processing. */
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
  charge.captured = false
  charge.amount_captured = 0
  intent.status = 'requires_payment_method'
  intent.last_payment_error = {
    type: 'invalid_request_error',
    code: 'payment_method_provider_decline',
    doc_url: 'https://stripe.com/docs/error-codes/payment-method-provider-decline',
    message: 'The bank returned the debit.',
    ...(intent.payment_method && { payment_method: shownMethod(unit, intent.payment_method) }),
  }
  intent.payment_method = null
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
  holdAmount(unit, intent, charge)
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
  intent.last_payment_error = {
    type: 'card_error',
    charge: charge.id,
    code,
    ...(declineCode !== null && { decline_code: declineCode }),
    doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}`,
    message,
    ...(intent.payment_method && { payment_method: shownMethod(unit, intent.payment_method) }),
  }
  intent.payment_method = null
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

const threeDSecure = {
  type: 'use_stripe_sdk',
  use_stripe_sdk: { type: 'three_d_secure_redirect' },
}

/** Redirects the customer to a bank or wallet. */
function redirect({ id }: PaymentIntent): object {
  return {
    type: 'redirect_to_url',
    redirect_to_url: { return_url: null, url: `https://pay.example/${id}` },
  }
}

function askAction(unit: UnitOfWork, intent: PaymentIntent, action: object): void {
  intent.status = 'requires_action'
  intent.next_action = action
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
