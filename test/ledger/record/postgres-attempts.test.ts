import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { type FailedAttempt, twinOf } from '../../../src/ledger/record/failed-attempt.ts'
import {
  attemptedExpressions,
  findNewAttempts,
} from '../../../src/ledger/record/postgres-attempts.ts'
import { failedAttempt as attempt, payment } from '../../support/facts.ts'
import { openScriptedPostgres } from '../../support/scripted-postgres.ts'

function named(id: string, charge: string, namedAs: 'error' | 'latest'): FailedAttempt {
  return attempt(id, { charge: { id: charge, namedAs } })
}

/** The attempts of a batch that are new to a ledger with these. */
async function findNew(attempts: readonly FailedAttempt[], known: readonly FailedAttempt[] = []) {
  const rows = known.map((one) => ({ event_id: one.eventId, twin: twinOf(one) }))
  const { database, statements } = await openScriptedPostgres(() => rows)
  const facts = attempts.map((one) => payment('x', 'failed', { attempt: one }))
  const found = await findNewAttempts([payment('y'), ...facts], database.queries)
  return { found, asked: statements.map(({ parameters }) => parameters) }
}

/** What the statement is given, as rows: the attempts, and the slots that they claim. */
async function rowsOf(attempts: readonly FailedAttempt[]) {
  const { database } = await openScriptedPostgres(() => [])
  const expressions = attemptedExpressions(attempts)
  const columns = sql`with ${expressions}`.compile(database.queries).parameters.map((column) => {
    if (!Array.isArray(column)) throw new TypeError('every parameter is a column')
    return column
  })
  const turn = (some: readonly unknown[][]) =>
    (some[0] ?? []).map((_, row) => some.map((column) => column[row]))
  return { attempts: turn(columns.slice(0, 9)), claims: turn(columns.slice(9)) }
}

test('a batch without failed attempts asks nothing', async () => {
  expect(await findNew([])).toEqual({ found: [], asked: [] })
})

test('attempts are looked up by their events and by their twins', async () => {
  const batch = [attempt('1'), attempt('2')]
  const { found, asked } = await findNew(batch)
  expect(found).toEqual(batch)
  expect(asked).toEqual([[['evt_1', 'evt_2'], batch.map(twinOf)]])
})

test('an attempt is known by its event, or by its twin', async () => {
  const batch = ['1', '2', '3'].map((id) => attempt(id))
  const sameEvent = attempt('1', { requestId: 'another' })
  const twin = attempt('2', { eventId: 'evt_other' })
  expect((await findNew(batch, [sameEvent, twin])).found).toEqual([attempt('3')])
})

test('of one event, and of two twins, the first in a batch is new', async () => {
  const [first, second] = [attempt('1'), attempt('2')]
  const sameEvent = attempt('1', { requestId: 'another' })
  const twin = attempt('2', { eventId: 'evt_other' })
  const { found } = await findNew([first, sameEvent, second, twin, attempt('3')])
  expect(found).toEqual([first, second, attempt('3')])
})

test('each attempt has the key of its event, and of its charge if it has one', async () => {
  const [plain, card] = [attempt('1'), named('2', 'ch_2', 'error')]
  const created = 1_800_000_000
  const { attempts } = await rowsOf([plain, card])
  const [key1, key2] = ['payment:failed:evt_1', 'payment:failed:evt_2']
  expect(attempts).toEqual([
    ['evt_1', 'pi_1', 'req_1', created, null, null, twinOf(plain), key1, null],
    ['evt_2', 'pi_2', 'req_2', created, 'ch_2', 'error', twinOf(card), key2, 'payment:failed:ch_2'],
  ])
})

test('an attempt without a charge claims no slot, one that names its latest claims that', async () => {
  expect((await rowsOf([attempt('1')])).claims).toEqual([])
  expect((await rowsOf([named('1', 'ch_1', 'latest')])).claims).toEqual([
    ['ch_1', 'latest', 'evt_1'],
  ])
})

test('attempts that name a charge as error claim both of its slots, before any other', async () => {
  const later = named('1', 'ch_1', 'latest')
  const { claims } = await rowsOf([
    later,
    named('2', 'ch_1', 'error'),
    named('3', 'ch_3', 'latest'),
  ])
  expect(claims).toEqual([
    ['ch_1', 'error', 'evt_2'],
    ['ch_1', 'latest', 'evt_2'],
    ['ch_3', 'latest', 'evt_3'],
  ])
})

test('a slot that several attempts claim is claimed once, for the first of them', async () => {
  const batch = [
    named('1', 'ch_1', 'error'),
    named('2', 'ch_1', 'error'),
    named('3', 'ch_2', 'latest'),
    named('4', 'ch_2', 'latest'),
  ]
  expect((await rowsOf(batch)).claims).toEqual([
    ['ch_1', 'error', 'evt_1'],
    ['ch_1', 'latest', 'evt_1'],
    ['ch_2', 'latest', 'evt_3'],
  ])
})
