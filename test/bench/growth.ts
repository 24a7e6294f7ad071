import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Kysely, sql } from 'kysely'
import type { Engine } from '../../src/database/engine.ts'
import { migrate } from '../../src/database/migrate.ts'
import { type DatabaseLocation, openDatabase } from '../../src/database/open.ts'
import type { Schema } from '../../src/database/schema.ts'
import { createDatabase } from '../support/postgres.ts'
import { startPostgres } from '../support/postgres-server.ts'
import { answerHelp } from '../support/script-help.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { growingRows } from './growth-rows.ts'

answerHelp('bench:growth')

/** How many bytes a row of each growing table takes, with its indexes, on both engines. */
const { values } = parseArgs({ options: { rows: { type: 'string', default: '50000' } } })
const rowCount = Number(values.rows)
const rowsPerStatement = 200

type Growing = (typeof growingRows)[number]

/** Bytes per row by what grows. */
async function measure(
  engine: Engine,
  stack: AsyncDisposableStack,
): Promise<ReadonlyMap<string, number>> {
  const place = await openPlaces(engine, stack)
  const sizes = new Map<string, number>()
  for (const growing of growingRows)
    sizes.set(growing.what, await measureRow(await place(), growing))
  return sizes
}

/** Makes places for empty ledgers. */
async function openPlaces(
  engine: Engine,
  stack: AsyncDisposableStack,
): Promise<() => Promise<DatabaseLocation>> {
  if (engine === 'sqlite')
    return async () => ({ engine, path: join(temporaryFolder(stack), 'ledger.db') })
  const server = await startPostgres(stack)
  return async () => ({ engine, url: await createDatabase(server.url) })
}

async function measureRow(location: DatabaseLocation, { table, row }: Growing): Promise<number> {
  const { engine, queries, close } = await openDatabase(location)
  try {
    await migrate(queries, engine)
    const before = await readSize(engine, queries, table)
    for (let first = 0; first < rowCount; first += rowsPerStatement) {
      const length = Math.min(rowsPerStatement, rowCount - first)
      const rows = Array.from({ length }, (_, index) => row(first + index))
      await queries.insertInto<Growing['table']>(table).values(rows).execute()
    }
    return ((await readSize(engine, queries, table)) - before) / rowCount
  } finally {
    await close()
  }
}

/** Of the table and its indexes, in bytes. */
async function readSize(engine: Engine, queries: Kysely<Schema>, table: string): Promise<number> {
  const { rows } = await (engine === 'sqlite'
    ? sql<{ bytes: number }>`select sum(pgsize) as bytes from dbstat
          where name in (select name from sqlite_schema where tbl_name = ${table})`
    : sql<{ bytes: number }>`select pg_total_relation_size(${table}::regclass) as bytes`
  ).execute(queries)
  return Number(rows[0]?.bytes ?? 0)
}

await using stack = new AsyncDisposableStack()
const sqlite = await measure('sqlite', stack)
const postgres = await measure('postgres', stack)
// biome-ignore lint/suspicious/noConsole: a table for a person is what this program is for
console.table(
  growingRows.map(({ what }) => ({
    'bytes per': what,
    SQLite: Math.round(sqlite.get(what) ?? Number.NaN),
    PostgreSQL: Math.round(postgres.get(what) ?? Number.NaN),
  })),
)
