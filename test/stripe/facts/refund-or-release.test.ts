import { expect, test } from 'vitest'
import { chargeQuestion, readKnownRefund, readRefund } from '../../../src/stripe/facts/refund.ts'
import {
  chargeToAsk,
  isOfCapturedMoney,
  refundSchema,
} from '../../../src/stripe/facts/refund-or-release.ts'
import { Unreadable } from '../../../src/stripe/facts/unreadable.ts'

const context = { ledgerId: 'ledger01', source: 'reconcile', hasPlan: () => true } as const
const created = 1_800_000_000

/** 20.00 of 50.00 were captured; 30.00 go back. */
const charge = { id: 'ch_1', amount: 5000, amount_captured: 2000, captured: true, currency: 'usd' }
const back = {
  id: 're_1',
  created,
  amount: 3000,
  currency: 'usd',
  status: 'succeeded',
  payment_intent: 'pi_1',
}

function refund(changes: object = {}) {
  return refundSchema.parse({ ...back, ...changes })
}

test('a possible release whose balance transaction is only named: the charge is retrieved again', () => {
  const given = { ...charge, balance_transaction: 'txn_1' }
  expect(chargeToAsk(refund({ charge: given }))).toBe('ch_1')
})

test.each([
  ['no charge', undefined],
  ['null', null],
  ['a charge captured whole', { ...charge, amount_captured: 5000, balance_transaction: 'txn_1' }],
  ['a charge of an old version, captured whole', { ...charge, amount_captured: null }],
  [
    'a partial capture whose balance transaction is there',
    { ...charge, balance_transaction: null },
  ],
])('of a refund with %s no charge is retrieved', (_, given) => {
  expect(chargeToAsk(refund({ charge: given }))).toBeUndefined()
})

test('a charge that is only named is retrieved', () => {
  expect(chargeToAsk(refund({ charge: 'ch_2' }))).toBe('ch_2')
  expect(chargeQuestion({ ...back, charge: 'ch_2' })).toEqual({
    chargeId: 'ch_2',
    key: 'payment:refunded:re_1',
  })
})

test.each([null, undefined])(
  'a possible release whose balance transaction is %s cannot be read yet',
  (transaction) => {
    const object = { ...charge, balance_transaction: transaction }
    expect(() => isOfCapturedMoney(refund(), object)).toThrow(Unreadable)
    expect(() => isOfCapturedMoney(refund(), object)).toThrow('there is none yet')
  },
)

test('a possible release whose balance transaction the key may not read is unreadable', () => {
  const object = { ...charge, balance_transaction: 'txn_1' }
  expect(() => isOfCapturedMoney(refund(), object)).toThrow('the key may not read it')
})

test.each([
  ['the authorised amount: a release', { amount: 5000, currency: 'usd' }, false],
  ['another amount: a refund', { amount: 4000, currency: 'usd' }, true],
  ['the authorised amount in euros', { amount: 500, currency: 'eur', exchange_rate: 0.1 }, false],
  ['the captured amount in euros', { amount: 200, currency: 'eur', exchange_rate: 0.1 }, true],
  ['an amount in the middle', { amount: 350, currency: 'eur', exchange_rate: 0.1 }, true],
  ['the authorised amount at no rate', { amount: 5000, currency: 'eur' }, false],
  ['the captured amount at no rate', { amount: 2000, currency: 'eur', exchange_rate: null }, true],
])('the capture shows %s', (_, transaction, isRefund) => {
  const object = { ...charge, balance_transaction: { ...transaction, created } }
  expect(isOfCapturedMoney(refund(), object)).toBe(isRefund)
})

test('another amount than the uncaptured rest is a refund, whatever the capture shows', () => {
  const transaction = { amount: 5000, currency: 'usd', created }
  const object = { ...charge, balance_transaction: transaction }
  expect(isOfCapturedMoney(refund({ amount: 1000 }), object)).toBe(true)
})

test.each([undefined, null, 'ch_1'])('a refund whose charge is %s is unreadable', (given) => {
  expect(() => readRefund({ ...back, charge: given }, context)).toThrow(Unreadable)
})

test('a refund in the ledger whose charge does not decide counts by its status', () => {
  const fact = readKnownRefund({ ...back, charge: 'ch_1' }, context)
  expect(fact?.proof).toMatchObject({ key: 'payment:refunded:re_1', occurredAt: created * 1000 })
  expect(readKnownRefund({ ...back, status: 'failed', charge: 'ch_1' }, context)).toBeUndefined()
})

test('a refund in the ledger that is malformed is not taken for one that its charge does not decide', () => {
  const malformed = { ...charge, amount: 'many' }
  expect(() => readKnownRefund({ ...back, charge: malformed }, context)).toThrow('Invalid input')
})

test.each([null, undefined])(
  'a refund whose PaymentIntent is %s never counts, and its charge is not retrieved',
  (intent) => {
    const object = { ...back, payment_intent: intent, charge: { ...charge, amount_captured: 5000 } }
    expect(readRefund(object, context)).toBeUndefined()
    expect(chargeQuestion({ ...object, charge: 'ch_1' })).toBeUndefined()
  },
)

test('a refund whose charge is there asks for none, and keeps the evidence that it came with', () => {
  const object = { ...back, charge: { ...charge, amount_captured: 5000 } }
  expect(chargeQuestion(object)).toBeUndefined()
  const fact = readRefund(object, context, { evidence: 'evt_1', occurredAt: 7 })
  expect(fact?.proof).toMatchObject({ evidence: 'evt_1', occurredAt: 7 })
  expect(readRefund(object, context)?.proof.evidence).toBe('re_1')
})
