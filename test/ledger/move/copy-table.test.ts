import { type Kysely, sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../../src/database/open.ts'
import type { Schema } from '../../../src/database/schema.ts'
import { copyTable } from '../../../src/ledger/move/copy-table.ts'
import type { MovedTable } from '../../../src/ledger/move/tables.ts'
import { temporaryLocation } from '../../support/open-test-ledger.ts'
import { openTarget } from './open-move.ts'

const word = { name: 'word', type: 'text' } as const
const number = { name: 'number', type: 'integer' } as const
const note = { name: 'note', type: 'text' } as const
const words: MovedTable = { name: 'words', columns: [note, word, number], key: [word, number] }

/** The same table in both engines, whose texts PostgreSQL would by itself order as a dictionary does. */
async function openSides() {
  const file = await openDatabase(await temporaryLocation('sqlite'))
  onTestFinished(() => file.close())
  const [source, target] = [file.queries, await openTarget()]
  await sql`create table words (note text, word text, number integer, primary key (word, number))`.execute(
    source,
  )
  await sql`create table words (word text collate "und-x-icu" not null, number bigint not null, note text, primary key (word, number))`.execute(
    target,
  )
  const copied: number[] = []
  const copy = () => copyTable({ source, target }, words, (rows) => copied.push(rows))
  return { source, target, copied, copy }
}

async function insert(
  queries: Kysely<Schema>,
  ...rows: readonly (readonly [string, number, string | null])[]
): Promise<void> {
  for (const [text, count, remark] of rows)
    await sql`insert into words (word, number, note) values (${text}, ${count}, ${remark})`.execute(
      queries,
    )
}

async function rowsOf(queries: Kysely<Schema>): Promise<readonly unknown[]> {
  const { rows } = await sql`select note, word, number from words`.execute(queries)
  return rows.map((row) => JSON.stringify(row)).toSorted()
}

test('every row of a table arrives as it was, and how many there are is told', async () => {
  const { source, target, copied, copy } = await openSides()
  await copy()
  expect(copied).toEqual([])
  await insert(source, ['a', 1, 'one'], ['a', 2, null], ['ü', 3, ''])
  await copy()
  expect(await rowsOf(target)).toEqual(await rowsOf(source))
  expect(copied).toEqual([3])
})

test('what the target has already is not read again, and counts with what is copied', async () => {
  const { source, target, copied, copy } = await openSides()
  const there = [
    ['B', 1, null],
    ['a', 1, null],
    ['a', 2, null],
  ] as const
  await insert(target, ...there)
  await insert(source, ...there, ['a', 3, null], ['b', 1, null])
  await copy()
  expect(copied).toEqual([5])
  expect(await rowsOf(target)).toEqual(await rowsOf(source))
})

test('a table of more than a page tells after each page how far it is', async () => {
  const { source, copied, copy } = await openSides()
  await sql`with recursive numbers (number) as
    (select 1 union all select number + 1 from numbers where number < 5001)
    insert into words (word, number) select 'a', number from numbers`.execute(source)
  await copy()
  expect(copied).toEqual([5_000, 5_001])
})

test('rows that the target refuses are named with the reason, and are copied when it is gone', async () => {
  const { source, target, copy } = await openSides()
  await insert(source, ['a', 1, null])
  await sql`alter table words add constraint full_disk check (number < 0)`.execute(target)
  await expect(copy()).rejects.toMatchObject({
    code: 'database_unavailable',
    message: expect.stringMatching(/rows of words .*full_disk.*continues when you run it again/),
    cause: expect.objectContaining({ constraint: 'full_disk' }),
  })
  await sql`alter table words drop constraint full_disk`.execute(target)
  await copy()
  expect(await rowsOf(target)).toEqual(await rowsOf(source))
})
