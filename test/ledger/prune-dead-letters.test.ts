import { expect, test } from 'vitest'
import { pruneDeadLetters } from '../../src/ledger/prune-dead-letters.ts'
import { openSqliteLedger } from '../support/open-test-ledger.ts'

const before = 1_000

/** More than one transaction's worth of old, dismissed dead letters, and others that must stay. */
async function openLetters() {
  const { queries } = (await openSqliteLedger()).database
  const old = { type: 'x', mode: 'test', reason: 'x', source: 'sweep', received_at: before - 10 }
  const many = Array.from({ length: 1_001 }, (_, index) => ({
    ...old,
    id: `evt_${index}`,
    dismissed_at: before - 1,
  }))
  await queries
    .insertInto('dead_letters')
    .values([
      ...many,
      { ...old, id: 'evt_dismissed_lately', dismissed_at: before },
      { ...old, id: 'evt_open', dismissed_at: null },
      { ...old, id: 'evt_open_lately', received_at: before, dismissed_at: null },
    ])
    .execute()
  const idsOf = async () => {
    const rows = await queries.selectFrom('dead_letters').select('id').orderBy('id').execute()
    return rows.map(({ id }) => id)
  }
  return { queries, idsOf }
}

test('all that were dismissed before are deleted, in however many transactions, and no other', async () => {
  const { queries, idsOf } = await openLetters()
  expect(await pruneDeadLetters(queries, before, false)).toEqual({
    deadLetters: 1_001,
    keptOpen: 1,
  })
  expect(await idsOf()).toEqual(['evt_dismissed_lately', 'evt_open', 'evt_open_lately'])
  expect(await pruneDeadLetters(queries, before, false)).toEqual({ deadLetters: 0, keptOpen: 1 })
})

test('a dry run counts the same and deletes none', async () => {
  const { queries, idsOf } = await openLetters()
  expect(await pruneDeadLetters(queries, before, true)).toEqual({ deadLetters: 1_001, keptOpen: 1 })
  expect(await idsOf()).toHaveLength(1_004)
})
