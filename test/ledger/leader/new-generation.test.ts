import { expect, test } from 'vitest'
import { amendLedger } from '../../../src/ledger/leader/new-generation.ts'
import { genesis, openSqliteLedger } from '../../support/open-test-ledger.ts'

const dayMs = 86_400_000
const hour = 3_600_000
const now = genesis + 10 * dayMs + 999

/** A ledger whose row is changed first, and the row after an amendment. */
async function open(
  changes: {
    readonly generation?: number
    readonly ended_generation?: number
    readonly genesis?: null
  } = {},
) {
  const { queries } = (await openSqliteLedger()).database
  if (Object.keys(changes).length > 0) await queries.updateTable('ledger').set(changes).execute()
  return async (amendment: Parameters<typeof amendLedger>[1]) => {
    await amendLedger(queries, amendment)
    return queries.selectFrom('ledger').selectAll().executeTakeFirstOrThrow()
  }
}

function markOf(seriesId: string) {
  return { seriesId, totals: [] }
}

test('a new series begins now, after every one that may have been exposed, and counts what it counted', async () => {
  const amend = await open()
  expect(await amend({ newGenerationAt: now })).toMatchObject({
    generation: now,
    generation_began_at: now - 999,
    genesis,
  })
})

test.each([
  ['its own', { generation: now + 5 }, undefined],
  ['the one that ended last', { ended_generation: now + 5 }, undefined],
  ['the one that its mark exposed', {}, markOf(`ledger01-${now + 5}`)],
  ['all three', { generation: now + 5, ended_generation: now }, markOf('ledger01-7')],
])('a clock that was set back begins no series before %s', async (_, changes, mark) => {
  const amend = await open(changes)
  expect((await amend({ newGenerationAt: now, mark })).generation).toBe(now + 6)
})

test('the mark of another ledger says nothing of this one', async () => {
  const amend = await open()
  const mark = markOf(`stranger-${now + 5}`)
  expect((await amend({ newGenerationAt: now, mark })).generation).toBe(now)
})

test('an earlier genesis has the first series begin with it, in a whole second', async () => {
  const amend = await open()
  expect(await amend({ genesis: genesis - hour + 999 })).toMatchObject({
    genesis: genesis - hour,
    generation: 1,
    generation_began_at: genesis - hour,
  })
})

test('a later genesis, or none, leaves the beginning of the first series alone', async () => {
  expect(await (await open())({ genesis: genesis + hour })).toMatchObject({
    genesis: genesis + hour,
    generation_began_at: genesis,
  })
  const amendNew = await open({ genesis: null })
  expect(await amendNew({})).toMatchObject({ genesis: null, generation_began_at: genesis })
})

test('an earlier genesis leaves the beginning of a later series alone', async () => {
  const amend = await open({ generation: 5 })
  expect(await amend({ genesis: genesis - hour })).toMatchObject({
    genesis: genesis - hour,
    generation: 5,
    generation_began_at: genesis,
  })
})

test('Stripe is read again from the genesis, and what else is known of it stays', async () => {
  const { queries } = (await openSqliteLedger()).database
  const read = { position: 5, succeeded_at: 6, report: '{}', progress: '{}' }
  const names = ['lost_events', 'reconcile', 'sweep']
  await queries
    .insertInto('sync_state')
    .values(names.map((name) => ({ name, ...read })))
    .execute()
  await amendLedger(queries, {})
  const unread = { position: null, succeeded_at: null, report: null, progress: null }
  expect(await queries.selectFrom('sync_state').selectAll().orderBy('name').execute()).toEqual([
    { name: 'lost_events', ...read },
    { name: 'reconcile', ...unread },
    { name: 'sweep', ...unread },
  ])
})
