import { type Kysely, sql } from 'kysely'
import { type DatabaseLocation, readDatabase } from '../../../src/database/open.ts'
import type { Schema } from '../../../src/database/schema.ts'

export type Rows = Readonly<Record<string, readonly string[]>>

const ofTheEngine = /^(kysely_migration|kysely_migration_lock|migration_lock|ledger_move)$/

/** Every row of every table of a ledger as JSON, in one order for both engines. */
export async function readRows(location: DatabaseLocation): Promise<Rows> {
  const database = await readDatabase(location)
  try {
    const { queries } = database
    const tables = await queries.introspection.getTables()
    const names = tables.map(({ name }) => name).filter((name) => !ofTheEngine.test(name))
    const rows: [string, readonly string[]][] = []
    for (const name of names.toSorted()) rows.push([name, await readTable(queries, name)])
    return Object.fromEntries(rows)
  } finally {
    await database.close()
  }
}

async function readTable(queries: Kysely<Schema>, name: string): Promise<readonly string[]> {
  const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(
    queries,
  )
  return rows.map(toText).toSorted()
}

/** Columns may stand in another order. */
function toText(row: Record<string, unknown>): string {
  return JSON.stringify(Object.entries(row).toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
