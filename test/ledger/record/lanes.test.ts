import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../../src/database/open.ts'
import { payment } from '../../support/facts.ts'
import { openTestLedger } from '../../support/open-test-ledger.ts'

test('facts that arrive while a batch waits are committed beside it, in another shard', async () => {
  const { ledger, database, location } = await openTestLedger('postgres')
  await ledger.record(payment('first'))
  const other = await openDatabase(location)
  onTestFinished(() => other.close())
  // Another replica holds the row of the first lane's total, as long as its transaction takes.
  const { promise: letGo, resolve: release } = Promise.withResolvers<void>()
  const { promise: isHeld, resolve: noteHeld } = Promise.withResolvers<void>()
  const holding = other.queries.transaction().execute(async (transaction) => {
    await sql`update totals set total = total`.execute(transaction)
    noteHeld()
    await letGo
  })
  await isHeld
  const settled: string[] = []
  const record = async (id: string) => {
    await ledger.record(payment(id))
    settled.push(id)
  }
  const beside = record('beside')
  await beside
  const behind = record('behind')
  expect(settled).toEqual(['beside'])
  release()
  await Promise.all([holding, behind])
  expect(settled).toEqual(['beside', 'behind'])
  expect(await ledger.readTotals()).toMatchObject([{ total: 3 }])
  const shards = await database.queries
    .selectFrom('totals')
    .select(['shard', 'total'])
    .orderBy('shard')
    .execute()
  expect(shards).toEqual([
    { shard: 0, total: 2 },
    { shard: 8, total: 1 },
  ])
})

test('the ledger is idle when the batches of both lanes are committed', async () => {
  const { ledger } = await openTestLedger('postgres')
  const first = ledger.record(payment('a'))
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  const second = ledger.record(payment('b'))
  await new Promise(setImmediate)
  await ledger.idle()
  const [totals] = await ledger.readTotals()
  expect(totals?.total).toBe(2)
  expect(await Promise.all([first, second])).toEqual(['new', 'new'])
})

test('a connection keeps the recording statement prepared, under a name that its text decides', async () => {
  const { ledger, database } = await openTestLedger('postgres')
  await ledger.record(payment('a'))
  await ledger.record(payment('b'))
  if (database.engine !== 'postgres') throw new Error('a PostgreSQL ledger was asked for')
  const { rows } = await database.pool.query(
    'select name, calls from pg_prepared_statements left join lateral (select generic_plans + custom_plans as calls) as used on true',
  )
  expect(rows).toEqual([{ name: expect.stringMatching(/^record_facts_[0-9a-f]{12}$/), calls: 2 }])
})

test('a prepared statement whose result a migration gave another type is prepared anew', async () => {
  const { ledger, database } = await openTestLedger('postgres')
  await ledger.record(payment('a'))
  await sql`alter table facts alter column key type varchar(255)`.execute(database.queries)
  expect(await ledger.record(payment('b'))).toBe('new')
  expect(await ledger.record(payment('a'))).toBe('duplicate')
})
