import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Schema } from '../../database/schema.ts'
import { sealTable } from '../../database/seal.ts'

interface Column {
  readonly name: string
  /** The ledger has no other types: booleans are 0 or 1, instants are milliseconds and JSON is text, in both engines. */
  readonly type: 'text' | 'integer'
}

/** A table to be copied. */
export interface MovedTable {
  readonly name: string
  readonly columns: readonly Column[]
  /** Its primary key. */
  readonly key: readonly Column[]
}

export type Value = string | number | null
export type Row = Readonly<Record<string, Value>>

/** What is made by each engine's migrations, or tells that a move is under way. */
const notMoved: readonly string[] = [
  'kysely_migration',
  'kysely_migration_lock',
  'migration_lock',
  sealTable,
]

/**
 * Every table of a SQLite ledger, read from its schema so that none is forgotten. Throws if one cannot be copied:
 * it needs a primary key and columns of the types that both engines have.
 */
export async function readTables(source: Kysely<Schema>): Promise<readonly MovedTable[]> {
  const { rows } = await sql<{ name: string }>`
    select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\'
    order by name`.execute(source)
  const names = rows.map(({ name }) => name).filter((name) => !notMoved.includes(name))
  return Promise.all(names.map((name) => readTable(source, name)))
}

async function readTable(source: Kysely<Schema>, name: string): Promise<MovedTable> {
  const { rows } = await sql<{ name: string; type: string; pk: number }>`
    select name, type, pk from pragma_table_info(${name})`.execute(source)
  const columns = rows.map((row) => ({ ...toColumn(name, row), position: row.pk }))
  const key = columns
    .filter(({ position }) => position > 0)
    .toSorted((one, other) => one.position - other.position)
  if (key.length === 0) throw new TypeError(`the table ${name} has no primary key`)
  return { name, columns, key }
}

function toColumn(table: string, { name, type }: Record<'name' | 'type', string>): Column {
  const known = type.toLowerCase()
  if (known !== 'text' && known !== 'integer')
    throw new TypeError(`the column ${table}.${name} has the type ${type}`)
  return { name, type: known }
}

/** Columns as a list for a statement. */
export function listOf(columns: readonly Column[]): RawBuilder<unknown> {
  return sql.join(columns.map(({ name }) => sql.ref(name)))
}

/** The number of rows. */
export async function countRows(queries: Kysely<Schema>, { name }: MovedTable): Promise<number> {
  const { rows } = await sql<{
    count: number
  }>`select count(*) as count from ${sql.table(name)}`.execute(queries)
  return Number(rows[0]?.count ?? 0)
}
