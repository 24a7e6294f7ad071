import { expect, test } from 'vitest'
import { plansOf } from '../../../src/ledger/read/totals.ts'
import { payment } from '../../support/facts.ts'
import { engines, openTestLedger } from '../../support/open-test-ledger.ts'

test.each(engines)('a total is the sum of its shards, on %s', async (engine) => {
  const { ledger, database } = await openTestLedger(engine)
  await ledger.record(payment('a'))
  await ledger.record(payment('b'))
  const { counter, label } = payment('c')
  await database.queries
    .insertInto('totals')
    .values({ counter, label, shard: 7, total: 3 })
    .execute()
  expect(await ledger.readTotals()).toEqual([{ counter, label, total: 5 }])
})

test('a total of a counter that this version does not know is refused by its name', async () => {
  const { ledger, database } = await openTestLedger('sqlite')
  await database.queries
    .insertInto('totals')
    .values({ counter: 'billing_invoices_total', label: '', shard: 0, total: 3 })
    .execute()
  await expect(ledger.readTotals()).rejects.toThrow(/unknown counter "billing_invoices_total"/)
})

test('the plans that have a total are those of its checkouts, for sale or not', () => {
  const checkout = { counter: 'billing_checkout_started_total', total: 1 } as const
  const payments = { counter: 'billing_payments_total', label: 'success', total: 1 } as const
  const plans = plansOf([
    { ...checkout, label: 'starter' },
    payments,
    { ...checkout, label: 'old' },
  ])
  expect(plans).toEqual(['starter', 'old'])
})
