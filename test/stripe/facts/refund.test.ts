import { expect, test } from 'vitest'
import { refundList } from '../../../src/stripe/facts/object-registry.ts'
import { balanceTransactionOf, chargeOf, intentOf, refundOf } from '../../support/stripe-objects.ts'

const context = { ledgerId: 'ledger01', source: 'reconcile', hasPlan: () => true } as const

test('the end of an expired hold does not count, and its charge is not requested', () => {
  const charge = chargeOf(intentOf())
  const release = refundOf(charge, { reason: 'expired_uncaptured_charge' })
  expect(refundList.chargeQuestion?.(release)).toBeUndefined()
  expect(refundList.read({ ...release, charge }, context)).toBeUndefined()
})

test.each([
  [0, false],
  [2, false],
  [3, true],
])('the rest of a partial capture, refunded %d s after it: counts is %s', (seconds, counts) => {
  const charge = chargeOf(intentOf({ amount: 5000, amount_received: 2000 }))
  const capture = balanceTransactionOf(charge, { amount: 5000 })
  const refund = refundOf(charge, {
    amount: 3000,
    created: Number(capture.created) + seconds,
    charge: { ...charge, balance_transaction: capture },
  })
  expect(refundList.read(refund, context) !== undefined).toBe(counts)
})

test.each([0, null])(
  'the release of a hold of which %s was captured does not count',
  (captured) => {
    const charge = chargeOf(intentOf(), { captured: false, amount_captured: captured })
    expect(refundList.read(refundOf(charge, { charge }), context)).toBeUndefined()
  },
)
