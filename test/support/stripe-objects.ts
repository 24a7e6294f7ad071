import type { StripeObject } from './fake-stripe-api.ts'

// The shapes of recorded payloads, as far as we read them: ../shared/corpus names where each was found.

let lastId = 0

/** An id that no other object of the process has. */
export function newId(prefix: string): string {
  lastId += 1
  return `${prefix}_3T1oOQFk4eGpfLOC${String(lastId).padStart(8, '0')}`
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}

export function intentOf(changes: object = {}): StripeObject {
  return {
    id: newId('pi'),
    object: 'payment_intent',
    amount: 5000,
    amount_received: 5000,
    created: nowSeconds(),
    currency: 'usd',
    last_payment_error: null,
    latest_charge: newId('ch'),
    livemode: false,
    metadata: {},
    status: 'succeeded',
    ...changes,
  }
}

/** A charge of a PaymentIntent, captured whole unless the changes say otherwise. */
export function chargeOf(intent: StripeObject, changes: object = {}): StripeObject {
  return {
    id: String(intent.latest_charge ?? newId('ch')),
    object: 'charge',
    amount: intent.amount,
    amount_captured: intent.amount_received,
    amount_refunded: 0,
    balance_transaction: null,
    captured: true,
    created: intent.created,
    currency: intent.currency,
    livemode: false,
    paid: true,
    payment_intent: intent.id,
    refunded: false,
    status: 'succeeded',
    ...changes,
  }
}

export function balanceTransactionOf(charge: StripeObject, changes: object = {}): StripeObject {
  return {
    id: newId('txn'),
    object: 'balance_transaction',
    amount: charge.amount,
    created: charge.created,
    currency: charge.currency,
    exchange_rate: null,
    type: 'charge',
    ...changes,
  }
}

export function refundOf(charge: StripeObject, changes: object = {}): StripeObject {
  return {
    id: newId('re'),
    object: 'refund',
    amount: charge.amount,
    balance_transaction: newId('txn'),
    charge: charge.id,
    created: nowSeconds(),
    currency: charge.currency,
    destination_details: { type: 'card', card: { type: 'refund' } },
    metadata: {},
    payment_intent: charge.payment_intent,
    reason: null,
    status: 'succeeded',
    ...changes,
  }
}

export function eventOf(type: string, object: object, changes: object = {}): StripeObject {
  return {
    id: newId('evt'),
    object: 'event',
    api_version: '2026-10-28.endive',
    created: nowSeconds(),
    livemode: false,
    pending_webhooks: 1,
    request: { id: newId('req'), idempotency_key: null },
    type,
    data: { object },
    ...changes,
  }
}

/** A price that is paid once, by its lookup key. */
export function priceOf(lookupKey: string): StripeObject {
  return {
    id: newId('price'),
    object: 'price',
    active: true,
    created: nowSeconds(),
    currency: 'usd',
    lookup_key: lookupKey,
    product: newId('prod'),
    recurring: null,
    type: 'one_time',
    unit_amount: 2900,
  }
}

/** An open Checkout Session. */
export function sessionOf(changes: object = {}): StripeObject {
  const created = nowSeconds()
  return {
    id: newId('cs_test'),
    object: 'checkout.session',
    amount_total: 2900,
    created,
    currency: 'usd',
    expires_at: created + 3_600,
    metadata: {},
    url: 'https://checkout.stripe.com/c/pay/x',
    ...changes,
  }
}
