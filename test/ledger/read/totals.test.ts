import { expect, test } from 'vitest'
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
