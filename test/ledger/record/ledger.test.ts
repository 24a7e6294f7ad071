import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { Fact } from '../../../src/ledger/fact.ts'
import { paymentKey } from '../../../src/ledger/fact-key.ts'
import { plansOf } from '../../../src/ledger/read/totals.ts'
import { payment } from '../../support/facts.ts'
import {
  engines,
  genesis,
  openSqliteLedger,
  openTestLedger,
} from '../../support/open-test-ledger.ts'

function successes(total: number) {
  return {
    counter: 'billing_payments_total',
    label: 'success',
    total,
  }
}

describe.each(engines)('a ledger on %s', (engine) => {
  test('a fact that was not there is new and adds one to its total', async () => {
    const { ledger } = await openTestLedger(engine)
    expect(await ledger.record(payment('a'))).toBe('new')
    expect(await ledger.readTotals()).toEqual([successes(1)])
  })

  test('the same key again is a duplicate and adds nothing', async () => {
    const { ledger } = await openTestLedger(engine)
    await ledger.record(payment('a'))
    expect(await ledger.record(payment('a', 'success', { evidence: 'evt_other' }))).toBe(
      'duplicate',
    )
    expect(await ledger.readTotals()).toEqual([successes(1)])
  })

  test('of a hundred sources of one fact that arrive together, one is new', async () => {
    const { ledger } = await openTestLedger(engine)
    const recordings = Array.from({ length: 100 }, () => ledger.record(payment('a')))
    const outcomes = await Promise.all(recordings)
    expect(outcomes.filter((outcome) => outcome === 'new')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'duplicate')).toHaveLength(99)
    expect(await ledger.readTotals()).toEqual([successes(1)])
  })

  test('facts that arrive together are committed together, with their totals and hourly sums', async () => {
    const { ledger, database } = await openTestLedger(engine)
    const facts = Array.from({ length: 50 }, (_, index) => payment(`p${index}`))
    await Promise.all(facts.map((fact) => ledger.record(fact)))
    expect(await ledger.readTotals()).toEqual([successes(50)])
    expect(await database.queries.selectFrom('hourly').selectAll().execute()).toEqual([
      {
        counter: 'billing_payments_total',
        label: 'success',
        currency: 'usd',
        hour: genesis + 3_600_000,
        shard: 0,
        count: 50,
        amount_minor: 50_000,
      },
    ])
  })

  test('a fact that the database refuses does not take its neighbours along', async () => {
    const { ledger } = await openTestLedger(engine)
    const refused: Fact = payment('bad', 'success', { amountMinor: -1 })
    const outcomes = await Promise.allSettled(
      [payment('a'), refused, payment('b')].map((fact) => ledger.record(fact)),
    )
    expect(outcomes.map((outcome) => outcome.status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    expect(outcomes[1]).toMatchObject({ reason: { code: 'unrecordable' } })
    expect(await ledger.readTotals()).toEqual([successes(2)])
  })

  test('a value that can never be stored is unrecordable; what may succeed later is not', async () => {
    const { ledger, database } = await openTestLedger(engine)
    const key = paymentKey('success', 'x'.repeat(300))
    await expect(ledger.record(payment('a', 'success', { key }))).rejects.toMatchObject({
      code: 'unrecordable',
    })
    await sql`alter table totals rename to elsewhere`.execute(database.queries)
    await expect(ledger.record(payment('a'))).rejects.toMatchObject({ code: 'not_committed' })
    await sql`alter table elsewhere rename to totals`.execute(database.queries)
    expect(await ledger.record(payment('a'))).toBe('new')
  })

  test('objects created at Stripe before the ledger began are not counted, those of its first second are', async () => {
    const { ledger } = await openTestLedger(engine)
    const before = payment('old', 'success', { objectCreatedAt: genesis - 1000 })
    const first = payment('first', 'success', { objectCreatedAt: genesis })
    expect(await ledger.record(before)).toBe('before_genesis')
    expect(await ledger.record(first)).toBe('new')
    expect(await ledger.readTotals()).toEqual([successes(1)])
  })

  test('beyond the bound of its queue the ledger is overloaded, and what waits is still committed', async () => {
    const { ledger } = await openTestLedger(engine, { pendingMax: 3 })
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c', 'd'].map((id) => ledger.record(payment(id))),
    )
    expect(outcomes.map((outcome) => outcome.status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
    ])
    expect(outcomes[3]).toMatchObject({ reason: { code: 'overloaded' } })
    expect(await ledger.readTotals()).toEqual([successes(3)])
  })

  test('what changes alongside a fact is committed with it', async () => {
    const { ledger, database } = await openTestLedger(engine)
    await ledger.record(payment('a'), async (transaction) => {
      await transaction
        .insertInto('dead_letters')
        .values({
          id: 'evt_x',
          type: 't',
          mode: 'test',
          reason: 'r',
          source: 'webhook',
          received_at: 1,
        })
        .execute()
    })
    expect(await database.queries.selectFrom('dead_letters').select('id').execute()).toEqual([
      { id: 'evt_x' },
    ])
    expect(await ledger.readTotals()).toEqual([successes(1)])
  })

  test('when what changes alongside fails, the fact is not there either, and its neighbours are', async () => {
    const { ledger } = await openTestLedger(engine)
    const failing = ledger.record(payment('a'), () => Promise.reject(new Error('no')))
    const neighbour = ledger.record(payment('b'))
    await expect(failing).rejects.toMatchObject({ code: 'not_committed' })
    expect(await neighbour).toBe('new')
    expect(await ledger.readTotals()).toEqual([successes(1)])
  })

  test('a batch recorded while a transaction is open is not rolled back with it', async () => {
    const { ledger, database } = await openTestLedger(engine)
    const { promise: opened, resolve: open } = Promise.withResolvers<void>()
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const transaction = database.queries.transaction().execute(async () => {
      open()
      await released
      throw new Error('rolled back')
    })
    await opened
    const recorded = ledger.record(payment('a'))
    release()
    await expect(transaction).rejects.toThrow('rolled back')
    expect(await recorded).toBe('new')
    expect(await ledger.readTotals()).toEqual([successes(1)])
  })

  test('the ledger names every plan that has a total', async () => {
    const { ledger } = await openTestLedger(engine)
    await ledger.record({
      ...payment('a'),
      key: 'checkout:cs_1',
      counter: 'billing_checkout_started_total',
      label: 'gold',
    })
    await ledger.record(payment('a'))
    expect(plansOf(await ledger.readTotals())).toEqual(['gold'])
  })
})

test('if the commit fails, every caller gets the error and nothing is counted', async () => {
  const { ledger, database } = await openSqliteLedger()
  database.raw.exec('pragma max_page_count = 1')
  const big = Array.from({ length: 200 }, (_, index) => payment(`${index}`.padEnd(200, 'x')))
  const outcomes = await Promise.allSettled(big.map((fact) => ledger.record(fact)))
  expect(outcomes.every((outcome) => outcome.status === 'rejected')).toBe(true)
  database.raw.exec('pragma max_page_count = 1000000')
  expect(await ledger.readTotals()).toEqual([])
  expect(await ledger.record(payment('a'))).toBe('new')
})

test('on SQLite a commit returns the totals that moved, once for all facts that share it', async () => {
  const { ledger, committed } = await openSqliteLedger()
  await Promise.all(['a', 'b', 'a'].map((id) => ledger.record(payment(id))))
  expect(committed).toEqual([successes(2)])
})
