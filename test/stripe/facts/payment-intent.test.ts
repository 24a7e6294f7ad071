import { expect, test } from 'vitest'
import { readSucceededIntent } from '../../../src/stripe/facts/payment-intent.ts'
import { paymentIntentFailed } from '../../../src/stripe/facts/payment-intent-failed.ts'

const context = { ledgerId: 'ledger01', source: 'reconcile', hasPlan: () => true } as const
const intent = { id: 'pi_1', created: 1_800_000_000, amount: 5000, currency: 'usd' }

test('a retrieved PaymentIntent that succeeded is a success, with the amount that was received', () => {
  const object = { ...intent, amount_received: 2000, status: 'succeeded' }
  expect(readSucceededIntent(object, context)).toEqual({
    counter: 'billing_payments_total',
    label: 'success',
    proof: {
      key: 'payment:success:pi_1',
      occurredAt: 1_800_000_000_000,
      objectCreatedAt: 1_800_000_000_000,
      source: 'reconcile',
      evidence: 'pi_1',
      amountMinor: 2000,
      currency: 'usd',
    },
  })
})

test.each(['processing', 'requires_capture', 'canceled'])(
  'a retrieved PaymentIntent that is %s is no success',
  (status) => {
    expect(readSucceededIntent({ ...intent, status }, context)).toBeUndefined()
  },
)

test('a PaymentIntent over nothing is no success', () => {
  const object = { ...intent, amount: 0, status: 'succeeded' }
  expect(readSucceededIntent(object, context)).toBeUndefined()
})

function chargeOfFailure(changes: object) {
  const event = {
    id: 'evt_1',
    object: 'event',
    type: 'payment_intent.payment_failed',
    created: 1_800_000_001,
    livemode: false,
    data: { object: { ...intent, ...changes } },
  } as const
  const { proof } = paymentIntentFailed.read(event, context)
  return { key: proof.key, charge: proof.attempt?.charge }
}

test.each([
  ['no charge', {}, 'payment:failed:evt_1', null],
  ['an empty list of charges', { charges: { data: [] } }, 'payment:failed:evt_1', null],
  ['null', { latest_charge: null, charges: null }, 'payment:failed:evt_1', null],
  [
    'a list of charges',
    { charges: { data: [{ id: 'ch_2' }, { id: 'ch_1' }] } },
    'payment:failed:ch_2',
    { id: 'ch_2', namedAs: 'latest' },
  ],
  [
    'the charge of its error',
    { latest_charge: 'ch_1', last_payment_error: { charge: 'ch_2' } },
    'payment:failed:ch_2',
    { id: 'ch_2', namedAs: 'error' },
  ],
])('a failed attempt with %s', (_, changes, key, charge) => {
  expect(chargeOfFailure(changes)).toEqual({ key, charge })
})
