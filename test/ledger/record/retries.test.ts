import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import type { LedgerIdentity } from '../../../src/ledger/identity.ts'
import { createLedger } from '../../../src/ledger/record/ledger.ts'
import { payment } from '../../support/facts.ts'
import { genesis } from '../../support/open-test-ledger.ts'
import { openScriptedPostgres, postgresError } from '../../support/scripted-postgres.ts'

const identity: LedgerIdentity = {
  ledgerId: 'ledger01',
  seriesId: 'ledger01-1',
  generation: 1,
  generationBeganAt: genesis,
  genesis: {
    known: () => genesis,
    require: async () => genesis,
    establish: async () => genesis,
  },
  mode: 'test',
  account: 'acct_1',
}

const lost = postgresError('40001')

/** A ledger whose commits fail with these errors before one of them succeeds. */
async function openFailing(failures: readonly Error[], key: string | null = 'payment:success:a') {
  const waiting = [...failures]
  const told: number[] = []
  const { database, statements } = await openScriptedPostgres(({ sql: text }) => {
    if (!text.includes('record_facts')) return []
    return waiting.shift() ?? [{ key, here: 1, event_id: null }]
  })
  const ledger = createLedger({
    database,
    shards: [0],
    identity,
    now: () => genesis,
    onCommitted: (totals) => void told.push(totals.length),
  })
  const commits = () => statements.filter((one) => one.sql.includes('record_facts')).length
  return { ledger, told, commits, statements }
}

test('a commit that lost four races is made a fifth time, and told of once', async () => {
  const { ledger, told, commits } = await openFailing([lost, lost, lost, lost])
  expect(await ledger.record(payment('a'))).toBe('new')
  expect(commits()).toBe(5)
  expect(told).toEqual([0])
})

test('a commit that lost five races is left to the caller', async () => {
  const { ledger, told, commits } = await openFailing([lost, lost, lost, lost, lost])
  await expect(ledger.record(payment('a'))).rejects.toMatchObject({ code: 'not_committed' })
  expect(commits()).toBe(5)
  expect(told).toEqual([])
})

test('a commit that failed otherwise is not made again', async () => {
  const { ledger, commits } = await openFailing([postgresError('57P01')])
  await expect(ledger.record(payment('a'))).rejects.toMatchObject({ code: 'not_committed' })
  expect(commits()).toBe(1)
})

test('a duplicate is not told of', async () => {
  const { ledger, told } = await openFailing([], null)
  expect(await ledger.record(payment('a'))).toBe('duplicate')
  expect(told).toEqual([])
})

test('what changes alongside a fact that lost a race is made again with it', async () => {
  const { ledger, told, statements } = await openFailing([lost])
  const outcome = await ledger.record(payment('a'), async (transaction) => {
    await sql`select alongside`.execute(transaction)
  })
  expect(outcome).toBe('new')
  expect(statements.filter((one) => one.sql === 'select alongside')).toHaveLength(2)
  expect(told).toEqual([0])
})

test('with a change alongside, what can never be stored and what may be are told apart', async () => {
  for (const [failure, code] of [
    [postgresError('23514'), 'unrecordable'],
    [postgresError('57P01'), 'not_committed'],
    [new AppError('database_unavailable', 'away'), 'database_unavailable'],
  ] as const) {
    const { ledger } = await openFailing([failure])
    const recorded = ledger.record(payment('a'), async () => undefined)
    await expect(recorded).rejects.toMatchObject({ code })
  }
})
