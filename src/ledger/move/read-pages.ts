import { type Kysely, sql } from 'kysely'
import type { Schema } from '../../database/schema.ts'
import { listOf, type MovedTable, type Row, type Value } from './tables.ts'

/** Some megabytes at most, whatever the size of the ledger. */
const rowsPerPage = 5_000

/** The rows of a SQLite table in the order of its primary key, after a key if one is given; one page is in memory at a time. */
export async function* readPages(
  source: Kysely<Schema>,
  table: MovedTable,
  after?: readonly Value[],
): AsyncGenerator<readonly Row[]> {
  let last = after
  for (;;) {
    const rows = await readPage(source, table, last)
    if (rows.length === 0) return
    yield rows
    last = keyOf(table, rows.at(-1) ?? {})
  }
}

async function readPage(
  source: Kysely<Schema>,
  { name, columns, key }: MovedTable,
  after: readonly Value[] | undefined,
): Promise<readonly Row[]> {
  const where = after === undefined ? sql`` : sql`where (${listOf(key)}) > (${sql.join(after)})`
  const { rows } = await sql<Row>`
    select ${listOf(columns)} from ${sql.table(name)} ${where}
    order by ${listOf(key)} limit ${rowsPerPage}`.execute(source)
  return rows
}

function keyOf({ key }: MovedTable, row: Row): readonly Value[] {
  return key.map(({ name }) => row[name] ?? null)
}
