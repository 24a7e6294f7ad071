import { expect, test } from 'vitest'
import { readCharge } from '../../../src/stripe/facts/charge.ts'
import { chargeRefunded } from '../../../src/stripe/facts/charge-refunded.ts'
import { readCheckoutSession } from '../../../src/stripe/facts/checkout-session.ts'
import { eventSchema } from '../../../src/stripe/facts/event.ts'
import { readSucceededIntent } from '../../../src/stripe/facts/payment-intent.ts'
import { paymentIntentFailed } from '../../../src/stripe/facts/payment-intent-failed.ts'

const context = {
  ledgerId: 'ledger01',
  source: 'reconcile',
  hasPlan: (plan: string) => plan === 'starter',
} as const
const created = 1_800_000_000
const intent = { id: 'pi_1', created, amount: 5000, currency: 'usd', status: 'succeeded' }
const charge = {
  id: 'ch_1',
  created: created + 5,
  status: 'succeeded',
  captured: true,
  payment_intent: intent,
}

function eventOf(object: object, changes: object = {}) {
  return eventSchema.parse({
    id: 'evt_1',
    object: 'event',
    type: 'x',
    created: created + 9,
    livemode: false,
    data: { object },
    ...changes,
  })
}

const ofCharge = {
  occurredAt: (created + 5) * 1000,
  objectCreatedAt: created * 1000,
  source: 'reconcile',
  evidence: 'ch_1',
  amountMinor: 5000,
  currency: 'usd',
}

test('a captured charge of a PaymentIntent that succeeded is its success, a failed one an attempt', () => {
  const counter = 'billing_payments_total'
  expect(readCharge(charge, context)).toEqual({
    counter,
    label: 'success',
    proof: { ...ofCharge, key: 'payment:success:pi_1' },
  })
  expect(readCharge({ ...charge, status: 'failed', captured: false }, context)).toEqual({
    counter,
    label: 'failed',
    proof: { ...ofCharge, key: 'payment:failed:ch_1' },
  })
})

test.each([
  ['that was not captured', { captured: false }],
  ['that is pending', { status: 'pending' }],
  ['of a PaymentIntent that has not succeeded', { payment_intent: { ...intent, status: 'open' } }],
  ['of nothing to pay', { payment_intent: { ...intent, amount: 0 } }],
  ['without a PaymentIntent', { payment_intent: null }],
  ['without a PaymentIntent, that failed', { payment_intent: undefined, status: 'failed' }],
])('a charge %s proves nothing', (_, changes) => {
  expect(readCharge({ ...charge, ...changes }, context)).toBeUndefined()
})

test('a retrieved PaymentIntent is a success of what was received once it has succeeded', () => {
  expect(readSucceededIntent({ ...intent, amount_received: 3000 }, context)?.proof).toEqual({
    ...ofCharge,
    key: 'payment:success:pi_1',
    occurredAt: created * 1000,
    evidence: 'pi_1',
    amountMinor: 3000,
  })
  expect(readSucceededIntent({ ...intent, status: 'canceled' }, context)).toBeUndefined()
  expect(readSucceededIntent({ ...intent, amount: 0 }, context)).toBeUndefined()
})

test.each([
  [{ id: 'ch_1', payment_intent: 'pi_1' }, 'ch_1'],
  [{ id: 'ch_1', payment_intent: { id: 'pi_1' }, captured: true }, 'ch_1'],
  [{ id: 'ch_1', payment_intent: 'pi_1', captured: null }, 'ch_1'],
  [{ id: 'ch_1', payment_intent: 'pi_1', captured: false }, undefined],
  [{ id: 'ch_1', payment_intent: null }, undefined],
  [{ id: 'ch_1' }, undefined],
])('after a notice of refunds of %j the refunds of %s are read', (object, id) => {
  expect(chargeRefunded.chargeIdOf(eventOf(object))).toBe(id)
})

const session = { id: 'cs_1', created, metadata: { plan: 'starter', countinghouse: 'ledger01' } }

test('a Checkout Session of this ledger is a start of its plan, with its amount if it has one', () => {
  const proof = {
    key: 'checkout:cs_1',
    occurredAt: created * 1000,
    objectCreatedAt: created * 1000,
    source: 'reconcile',
    evidence: 'cs_1',
    amountMinor: null,
    currency: null,
  }
  expect(readCheckoutSession(session, context)).toEqual({
    counter: 'billing_checkout_started_total',
    label: 'starter',
    proof,
  })
  const paid = { ...session, amount_total: 2900, currency: 'eur' }
  const amounts = { amountMinor: 2900, currency: 'eur', evidence: 'evt_1' }
  expect(readCheckoutSession(paid, context, 'evt_1')?.proof).toEqual({ ...proof, ...amounts })
})

test.each([
  [{ plan: 'starter', countinghouse: 'another' }],
  [{ plan: 'starter' }],
  [{ countinghouse: 'ledger01' }],
  [{ plan: 'gold', countinghouse: 'ledger01' }],
  [null],
  [undefined],
])('a Checkout Session with the metadata %j is not counted', (metadata) => {
  expect(readCheckoutSession({ ...session, metadata }, context)).toBeUndefined()
})

test.each([
  [{ last_payment_error: { charge: 'ch_e' }, latest_charge: 'ch_l' }, 'ch_e', 'error'],
  [{ last_payment_error: { charge: { id: 'ch_e' } } }, 'ch_e', 'error'],
  [{ last_payment_error: { charge: '' }, latest_charge: 'ch_l' }, 'ch_l', 'latest'],
  [{ last_payment_error: { charge: null }, latest_charge: { id: 'ch_l' } }, 'ch_l', 'latest'],
  [
    { last_payment_error: null, charges: { data: [{ id: 'ch_n' }, { id: 'ch_o' }] } },
    'ch_n',
    'latest',
  ],
  [{ latest_charge: 'ch_l', charges: { data: [{ id: 'ch_n' }] } }, 'ch_l', 'latest'],
])('a failed attempt with %j names the charge %s', (changes, id, namedAs) => {
  const { proof } = paymentIntentFailed.read(eventOf({ ...intent, ...changes }), context)
  expect(proof.attempt?.charge).toEqual({ id, namedAs })
  expect(proof).toMatchObject({
    key: `payment:failed:${id}`,
    evidence: 'evt_1',
    occurredAt: (created + 9) * 1000,
  })
})

test.each([[{}], [{ latest_charge: null, charges: null }], [{ charges: { data: [] } }]])(
  'a failed attempt with %j names no charge and has the key of its event',
  (changes) => {
    const { proof } = paymentIntentFailed.read(eventOf({ ...intent, ...changes }), context)
    expect(proof.attempt?.charge).toBeNull()
    expect(proof.key).toBe('payment:failed:evt_1')
  },
)

test.each([
  ['req_1', 'req_1'],
  [{ id: 'req_1' }, 'req_1'],
  [{ id: null }, null],
  [null, null],
  [undefined, null],
])('a failed attempt with the request %j was caused by %j', (request, requestId) => {
  const errors = { code: 'card_declined', payment_method: { id: 'pm_1' } }
  const failed = { ...intent, last_payment_error: errors }
  expect(paymentIntentFailed.read(eventOf(failed, { request }), context).proof.attempt).toEqual({
    eventId: 'evt_1',
    paymentIntent: 'pi_1',
    requestId,
    createdSeconds: created + 9,
    charge: null,
    error: { code: 'card_declined', paymentMethod: 'pm_1' },
  })
  const silent = { ...intent, last_payment_error: {} }
  const { attempt } = paymentIntentFailed.read(eventOf(silent, { request }), context).proof
  expect(attempt?.error).toEqual({ code: '', paymentMethod: '' })
  const none = paymentIntentFailed.read(eventOf(intent, { request }), context).proof.attempt
  expect(none?.error).toBeNull()
})
