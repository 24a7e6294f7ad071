import type { Turn } from '../context.ts'
import { createCharge, outcome } from '../objects/charge.ts'
import type { PaymentIntent } from '../objects/types.ts'
import { emit } from '../webhooks/emit.ts'
import { paymentFailed, paymentSucceeded } from './outcomes.ts'
import { savePayment } from './start-payment.ts'
import type { CardOutcome } from './test-cards.ts'

const settleMsDefault = 2_000

/** One attempt with a payment method that behaves so. Changes the PaymentIntent and emits. */
export function attemptPayment(turn: Turn, intent: PaymentIntent, card: CardOutcome): void {
  intent.last_payment_error = null
  intent.next_action = null
  const settleMs = turn.faults.current.settleMs
  if (card.kind === 'asks_authentication') askAuthentication(turn, intent)
  else if (card.kind === 'settles_later')
    settleLater(turn, intent, card.as, settleMs || settleMsDefault)
  else if (settleMs > 0)
    settleLater(turn, intent, card.kind === 'declined' ? 'failed' : 'succeeded', settleMs)
  else if (card.kind === 'declined') decline(turn, intent, card)
  else succeed(turn, intent)
}

/** A payment that was `processing` reaches its end. Returns the PaymentIntent, if it was. */
export function settlePayment(turn: Turn, id: string): PaymentIntent | undefined {
  const intent = turn.store.find('payment_intent', id)
  const charge = intent?.latest_charge && turn.store.find('charge', intent.latest_charge)
  if (!intent || !charge || intent.status !== 'processing') return undefined
  if (intent.$.settlesAs === 'succeeded') {
    charge.status = 'succeeded'
    charge.paid = true
    charge.amount_captured = charge.amount
    charge.outcome = outcome('succeeded', undefined)
    paymentSucceeded(turn, intent, charge)
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
  paymentFailed(turn, intent, charge)
  return intent
}

function succeed(turn: Turn, intent: PaymentIntent): void {
  const captured = intent.capture_method !== 'manual'
  const charge = createCharge(turn, intent, { status: 'succeeded', captured })
  if (captured) {
    paymentSucceeded(turn, intent, charge)
    return
  }
  intent.latest_charge = charge.id
  intent.status = 'requires_capture'
  intent.amount_capturable = intent.amount
  savePayment(turn, intent)
  emit(turn, 'charge.succeeded', charge)
  emit(turn, 'payment_intent.amount_capturable_updated', intent)
}

function decline(
  turn: Turn,
  intent: PaymentIntent,
  { code, declineCode }: Extract<CardOutcome, { kind: 'declined' }>,
): void {
  const message = messageFor(code)
  const charge = createCharge(turn, intent, {
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
  paymentFailed(turn, intent, charge)
}

function settleLater(
  turn: Turn,
  intent: PaymentIntent,
  as: 'succeeded' | 'failed',
  settleMs: number,
): void {
  const charge = createCharge(turn, intent, { status: 'pending', captured: true })
  intent.latest_charge = charge.id
  intent.status = 'processing'
  intent.$ = { ...intent.$, settlesAs: as }
  savePayment(turn, intent)
  turn.tasks.add({ kind: 'settle_payment', objectId: intent.id }, turn.nowMs + settleMs)
  emit(turn, 'charge.pending', charge)
  emit(turn, 'payment_intent.processing', intent)
}

function askAuthentication(turn: Turn, intent: PaymentIntent): void {
  intent.status = 'requires_action'
  intent.next_action = {
    type: 'use_stripe_sdk',
    use_stripe_sdk: { type: 'three_d_secure_redirect' },
  }
  savePayment(turn, intent)
  emit(turn, 'payment_intent.requires_action', intent)
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
