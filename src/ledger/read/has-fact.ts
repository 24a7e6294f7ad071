import { type Kysely, sql } from 'kysely'
import { confirmReplicated } from '../../database/confirm-replicated.ts'
import type { LedgerDatabase, SqliteLedgerDatabase } from '../../database/open.ts'
import type { Schema } from '../../database/schema.ts'

/**
 * Returns a check whether a fact's key is in the ledger and, on PostgreSQL, on every synchronous standby. On SQLite it
 * rejects with `database_unavailable` if the open files are no longer the ledger's: a fact that was committed to a removed
 * file is still found there, and may not be acknowledged.
 */
export function createHasFact(database: LedgerDatabase): (key: string) => Promise<boolean> {
  return database.engine === 'sqlite'
    ? (key) => findInFile(database, key)
    : (key) => findReplicated(database.queries, key)
}

/** The connection is held for the check too, so that no transaction is open meanwhile. */
function findInFile({ queries, files }: SqliteLedgerDatabase, key: string): Promise<boolean> {
  return queries.connection().execute(async (connection) => {
    const row = await connection
      .selectFrom('facts')
      .select('key')
      .where('key', '=', key)
      .executeTakeFirst()
    files.check()
    return row !== undefined
  })
}

async function findReplicated(queries: Kysely<Schema>, key: string): Promise<boolean> {
  const { rows } = await sql`
    with known as (select key from facts where key = ${key}),
      confirmed as (${confirmReplicated(sql<boolean>`exists (select from known)`)})
    select key, (select count(*) from confirmed) as confirmed from known`.execute(queries)
  return rows.length > 0
}
