import { type Kysely, sql } from 'kysely'
import type { Schema } from '../../database/schema.ts'
import { AppError, messageOf } from '../../errors.ts'
import { readPages } from './read-pages.ts'
import { countRows, listOf, type MovedTable, type Row, type Value } from './tables.ts'

export interface Databases {
  /** The SQLite ledger. */
  readonly source: Kysely<Schema>
  /** PostgreSQL. */
  readonly target: Kysely<Schema>
}

/**
 * Copies what the target lacks of a table that does not change: the rows after the last one that is there. Each page is
 * one statement, so after an interruption the target holds whole pages. Calls `onCopied` with the number of rows in the
 * target after each page.
 */
export async function copyTable(
  { source, target }: Databases,
  table: MovedTable,
  onCopied: (rows: number) => void,
): Promise<void> {
  const last = await readLastKey(target, table)
  let copied = await countRows(target, table)
  for await (const page of readPages(source, table, last)) {
    await insertPage(target, table, page)
    copied += page.length
    onCopied(copied)
  }
}

/** SQLite orders texts by their bytes in UTF-8, as PostgreSQL's collation "C" does. */
async function readLastKey(
  target: Kysely<Schema>,
  { name, key }: MovedTable,
): Promise<readonly Value[] | undefined> {
  const order = key.map((column) =>
    column.type === 'text'
      ? sql`${sql.ref(column.name)} collate "C" desc`
      : sql`${sql.ref(column.name)} desc`,
  )
  const { rows } = await sql<Row>`
    select ${listOf(key)} from ${sql.table(name)} order by ${sql.join(order)} limit 1`.execute(
    target,
  )
  const [row] = rows
  return row === undefined ? undefined : key.map((column) => row[column.name] ?? null)
}

/** A page whose insertion outlived the process that was killed may be there already. */
async function insertPage(
  target: Kysely<Schema>,
  table: MovedTable,
  page: readonly Row[],
): Promise<void> {
  const { name, columns } = table
  const lists = columns.map((column) => {
    const values = page.map((row) => row[column.name] ?? null)
    return column.type === 'text' ? sql`${values}::text[]` : sql`${values}::bigint[]`
  })
  try {
    await sql`
      insert into ${sql.table(name)} (${listOf(columns)})
      select * from unnest(${sql.join(lists)}) on conflict do nothing`.execute(target)
  } catch (cause) {
    throw new AppError(
      'database_unavailable',
      `the rows of ${name} could not be copied (${messageOf(cause)}): the move continues when you run it again`,
      { cause },
    )
  }
}
