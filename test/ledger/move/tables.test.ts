import { type Kysely, sql } from 'kysely'
import { expect, test } from 'vitest'
import type { Schema } from '../../../src/database/schema.ts'
import { sealTable } from '../../../src/database/seal.ts'
import { countRows, listOf, readTables } from '../../../src/ledger/move/tables.ts'
import { openSqliteLedger } from '../../support/open-test-ledger.ts'

async function openSource(): Promise<Kysely<Schema>> {
  return (await openSqliteLedger()).database.queries
}

test('a table is read with its columns, and its primary key in the order of the key', async () => {
  const source = await openSource()
  await sql`create table pairs (second TEXT, value integer, first integer, primary key (first, second))`.execute(
    source,
  )
  const table = (await readTables(source)).find(({ name }) => name === 'pairs')
  expect(table).toMatchObject({
    columns: [
      { name: 'second', type: 'text' },
      { name: 'value', type: 'integer' },
      { name: 'first', type: 'integer' },
    ],
    key: [
      { name: 'first', type: 'integer' },
      { name: 'second', type: 'text' },
    ],
  })
  expect(table?.key).toHaveLength(2)
})

test('the rows of a table are counted, and its columns read by name', async () => {
  const source = await openSource()
  const [table] = (await readTables(source)).filter(({ name }) => name === 'ledger')
  if (table === undefined) throw new Error('the ledger has its one row')
  expect(await countRows(source, table)).toBe(1)
  const { rows } =
    await sql`select ${listOf(table.key)}, ${listOf(table.columns)} from ledger`.execute(source)
  expect(rows).toEqual([expect.objectContaining({ id: 1, ledger_id: 'ledger01' })])
})

test('the tables of the migrations and the seal of a move are not moved', async () => {
  const source = await openSource()
  await sql`create table ${sql.table(sealTable)} (id integer primary key)`.execute(source)
  const names = (await readTables(source)).map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['facts', 'ledger', 'posts', 'totals']))
  expect(names.filter((name) => /migration|move|sqlite/.test(name))).toEqual([])
})

test.each([
  ['has no primary key', 'create table wrong (id integer)', /wrong has no primary key/],
  [
    'has a column of a type that is not the same in both engines',
    'create table wrong (id integer primary key, price real)',
    /wrong\.price has the type real/i,
  ],
])('a table that %s cannot be copied and is named', async (_, statement, reason) => {
  const source = await openSource()
  await sql.raw(statement).execute(source)
  await expect(readTables(source)).rejects.toThrow(reason)
})
