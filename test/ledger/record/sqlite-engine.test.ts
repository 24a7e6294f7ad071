import { expect, test } from 'vitest'
import { createSqliteEngine } from '../../../src/ledger/record/sqlite-engine.ts'
import { failedAttempt, payment } from '../../support/facts.ts'
import { openMemoryDatabase } from '../../support/memory-database.ts'
import { genesis } from '../../support/open-test-ledger.ts'

/** The engine of a file whose checks fail in their turn, counted from 1. */
async function openEngine(failingCheck?: number) {
  let checks = 0
  const check = () => {
    checks += 1
    if (checks === failingCheck) throw new Error('the file was lost')
  }
  const database = await openMemoryDatabase(check)
  const engine = createSqliteEngine(database)
  const { raw } = database
  const rows = (table: string) => raw.prepare(`select * from ${table} order by 1, 2, 3`).all()
  return { engine, raw, rows, queries: database.queries, checks: () => checks }
}

const success = { counter: 'billing_payments_total', label: 'success' }
const attempt = failedAttempt('1')

test('a batch says of each fact whether it was new, and what the totals are', async () => {
  const { engine, rows } = await openEngine()
  const batch = [payment('a'), payment('a'), payment('b')]
  expect(await engine.commit(batch, genesis, 0)).toEqual({
    isNew: [true, false, true],
    totals: [{ ...success, total: 2 }],
  })
  expect(await engine.commit([payment('b'), payment('c')], genesis + 5, 0)).toEqual({
    isNew: [false, true],
    totals: [{ ...success, total: 3 }],
  })
  expect(await engine.commit([payment('c')], genesis, 0)).toEqual({ isNew: [false], totals: [] })
  expect(rows('facts')).toMatchObject([
    { key: 'payment:success:a', recorded_at: genesis },
    { key: 'payment:success:b', recorded_at: genesis },
    { key: 'payment:success:c', recorded_at: genesis + 5, amount_minor: 1000, currency: 'usd' },
  ])
})

test('the sums of an hour are kept by currency', async () => {
  const { engine, rows } = await openEngine()
  const euros = { currency: 'eur', amountMinor: 5 }
  await engine.commit([payment('a'), payment('b', 'success', euros)], genesis, 0)
  await engine.commit([payment('c', 'success', euros)], genesis, 0)
  const hour = { ...success, hour: genesis + 3_600_000, shard: 0 }
  expect(rows('hourly')).toMatchObject([
    { ...hour, currency: 'eur', count: 2, amount_minor: 10 },
    { ...hour, currency: 'usd', count: 1, amount_minor: 1000 },
  ])
})

test('a failed attempt that is told of again is not new', async () => {
  const { engine, rows } = await openEngine()
  const told = payment('evt_1', 'failed', { attempt })
  expect(await engine.commit([told, payment('a')], genesis, 0)).toMatchObject({
    isNew: [true, true],
  })
  expect(await engine.commit([told], genesis, 0)).toEqual({ isNew: [false], totals: [] })
  expect(rows('facts')).toHaveLength(2)
})

test('a batch that fails leaves nothing behind, and the next one is committed', async () => {
  const { engine, raw, rows } = await openEngine()
  const refused = payment('b', 'success', { amountMinor: -1 })
  await expect(engine.commit([payment('a'), refused], genesis, 0)).rejects.toThrow('CHECK')
  expect([raw.isTransaction, rows('facts'), rows('totals')]).toEqual([false, [], []])
  expect(await engine.commit([payment('a')], genesis, 0)).toMatchObject({ isNew: [true] })
  expect(raw.isTransaction).toBe(false)
})

test('where SQLite itself rolled back, its own reason is told', async () => {
  const { engine, raw } = await openEngine()
  raw.exec(`create temp trigger gone after insert on main.facts
    begin select raise(rollback, 'the disk is gone'); end`)
  await expect(engine.commit([payment('a')], genesis, 0)).rejects.toThrow('the disk is gone')
})

test('a batch for a file that was lost is not begun, and not acknowledged if it was lost meanwhile', async () => {
  const lostBefore = await openEngine(1)
  await expect(lostBefore.engine.commit([payment('a')], genesis, 0)).rejects.toThrow('was lost')
  expect(lostBefore.rows('facts')).toEqual([])
  const lostMeanwhile = await openEngine(2)
  await expect(lostMeanwhile.engine.commit([payment('a')], genesis, 0)).rejects.toThrow('was lost')
  expect(lostMeanwhile.rows('facts')).toHaveLength(1)
})

test('within a transaction of the caller facts are part of it', async () => {
  const { engine, queries, rows, checks } = await openEngine()
  const transaction = queries.transaction().execute(async (open) => {
    expect(await engine.write(open, [payment('a')], genesis)).toEqual({
      isNew: [true],
      totals: [{ ...success, total: 1 }],
    })
    throw new Error('rolled back')
  })
  await expect(transaction).rejects.toThrow('rolled back')
  expect([rows('facts'), checks(), engine.laneCount]).toEqual([[], 0, 1])
})

function failure(errcode: unknown): Error {
  return Object.assign(new Error('SQLite failed'), { errcode })
}

/** Code, whether the batch was refused for its content, whether a value can never be stored. */
const codes = {
  'a constraint': [19, true, false],
  'a check': [275, true, true],
  'a null': [1299, true, true],
  'a type': [3091, true, true],
  'a unique value': [2067, true, false],
  'an error of the statement': [1, true, false],
  'a value that is too big': [18, true, true],
  'a mismatch': [20, true, true],
  'a parameter out of range': [25, true, true],
  'a busy file': [5, false, false],
  'a file that is read again': [261, false, false],
  'a full disk': [13, false, false],
} as const

test('what a failed batch means is told by the code of SQLite', async () => {
  const { engine } = await openEngine()
  for (const [what, [code, ...expected]] of Object.entries(codes)) {
    const cause = failure(code)
    expect([what, engine.isRefusal(cause), engine.canNeverStore(cause)]).toEqual([
      what,
      ...expected,
    ])
    expect(engine.isRetryable(cause)).toBe(false)
  }
})

test('an error that is not of SQLite is neither a refusal nor the fault of a value', async () => {
  const { engine } = await openEngine()
  const others = [new Error('no'), failure('1'), failure('20'), { errcode: 18 }, 'no', undefined]
  for (const cause of others)
    expect([engine.isRefusal(cause), engine.canNeverStore(cause)]).toEqual([false, false])
})
