import { emit } from './emit.ts'
import { createCharge, outcome, saveCharge } from './objects/charge.ts'
import type { Charge, Metadata, PaymentIntent } from './objects/types.ts'
import type { CardOutcome } from './test-cards.ts'
import { create, type Turn } from './turn.ts'

export interface NewPayment {
  readonly amount: number
  readonly currency: string
  readonly metadata?: Metadata
  readonly customer?: string | null
  readonly description?: string | null
  readonly shipping?: object | null
  readonly captureMethod?: string
  readonly session?: string
}

const settleMsDefault = 2_000

/** A PaymentIntent that nobody has paid yet: `payment_intent.created`. */
export const startPayment = (turn: Turn, given: NewPayment): PaymentIntent => {
  const id = turn.id('payment_intent')
  const intent: PaymentIntent = {
    id,
    object: 'payment_intent',
    amount: given.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: given.captureMethod ?? 'automatic_async',
    client_secret: `${id}_secret_${turn.id('request').slice(4)}`,
    confirmation_method: 'automatic',
    created: turn.nowSeconds,
    currency: given.currency,
    customer: given.customer ?? null,
    description: given.description ?? null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    metadata: given.metadata ?? {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_options: {},
    payment_method_types: ['card'],
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: given.shipping ?? null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'requires_payment_method',
    transfer_data: null,
    transfer_group: null,
    $: { session: given.session ?? null, settlesAs: 'succeeded' },
  }
  create(turn, 'payment_intent', intent, intent.customer)
  emit(turn, 'payment_intent.created', intent)
  return intent
}

/** Keeps a changed PaymentIntent. */
export const savePayment = (turn: Turn, intent: PaymentIntent): void =>
  turn.store.save('payment_intent', intent, intent.customer)

/** One attempt with a payment method that behaves so. Changes the PaymentIntent and emits. */
export const attemptPayment = (turn: Turn, intent: PaymentIntent, card: CardOutcome): void => {
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

/** The payer did not pass 3-D Secure: the attempt fails without a charge of its own. */
export const refuseAuthentication = (turn: Turn, intent: PaymentIntent): void => {
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
  savePayment(turn, intent)
  const event = emit(turn, 'payment_intent.payment_failed', intent, { sole: true })
  if (event) turn.truth.add('failed', event.id, intent.created)
}

/** A payment that was `processing` reaches its end. Returns the PaymentIntent, if it was. */
export const settlePayment = (turn: Turn, id: string): PaymentIntent | undefined => {
  const intent = turn.store.find('payment_intent', id)
  const charge = intent?.latest_charge && turn.store.find('charge', intent.latest_charge)
  if (!intent || !charge || intent.status !== 'processing') return undefined
  if (intent.$.settlesAs === 'succeeded') {
    charge.status = 'succeeded'
    charge.paid = true
    charge.amount_captured = charge.amount
    charge.outcome = outcome('succeeded', undefined)
    finish(turn, intent, charge)
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
  failed(turn, intent, charge)
  return intent
}

/** Takes a payment that was only authorised: `charge.captured`, `payment_intent.succeeded`. */
export const capturePayment = (
  turn: Turn,
  intent: PaymentIntent,
  charge: Charge,
  amount: number,
) => {
  charge.captured = true
  charge.amount_captured = amount
  saveCharge(turn, charge)
  intent.status = 'succeeded'
  intent.amount_received = amount
  intent.amount_capturable = 0
  savePayment(turn, intent)
  turn.truth.add('success', intent.id, intent.created)
  emit(turn, 'charge.captured', charge)
  emit(turn, 'payment_intent.succeeded', intent)
}

const succeed = (turn: Turn, intent: PaymentIntent): void => {
  const captured = intent.capture_method !== 'manual'
  const charge = createCharge(turn, intent, { status: 'succeeded', captured })
  if (captured) {
    finish(turn, intent, charge)
    return
  }
  intent.latest_charge = charge.id
  intent.status = 'requires_capture'
  intent.amount_capturable = intent.amount
  savePayment(turn, intent)
  emit(turn, 'charge.succeeded', charge)
  emit(turn, 'payment_intent.amount_capturable_updated', intent)
}

const finish = (turn: Turn, intent: PaymentIntent, charge: Charge): void => {
  intent.latest_charge = charge.id
  intent.status = 'succeeded'
  intent.amount_received = intent.amount
  savePayment(turn, intent)
  saveCharge(turn, charge)
  turn.truth.add('success', intent.id, intent.created)
  emit(turn, 'charge.succeeded', charge)
  emit(turn, 'payment_intent.succeeded', intent)
}

const decline = (
  turn: Turn,
  intent: PaymentIntent,
  { code, declineCode }: Extract<CardOutcome, { kind: 'declined' }>,
): void => {
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
  failed(turn, intent, charge)
}

const failed = (turn: Turn, intent: PaymentIntent, charge: Charge): void => {
  intent.latest_charge = charge.id
  savePayment(turn, intent)
  saveCharge(turn, charge)
  turn.truth.add('failed', charge.id, intent.created)
  emit(turn, 'charge.failed', charge)
  emit(turn, 'payment_intent.payment_failed', intent)
}

const settleLater = (
  turn: Turn,
  intent: PaymentIntent,
  as: 'succeeded' | 'failed',
  settleMs: number,
): void => {
  const charge = createCharge(turn, intent, { status: 'pending', captured: true })
  intent.latest_charge = charge.id
  intent.status = 'processing'
  intent.$ = { ...intent.$, settlesAs: as }
  savePayment(turn, intent)
  turn.tasks.add({ kind: 'settle_payment', objectId: intent.id }, turn.nowMs + settleMs)
  emit(turn, 'charge.pending', charge)
  emit(turn, 'payment_intent.processing', intent)
}

const askAuthentication = (turn: Turn, intent: PaymentIntent): void => {
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

const messageFor = (code: string): string => messages[code] ?? 'Your card was declined.'
