import { type Kysely, sql } from 'kysely'
import { confirmReplicated } from '../../database/confirm-replicated.ts'
import type { LedgerDatabase } from '../../database/open.ts'
import type { Schema } from '../../database/schema.ts'

/** Returns a check that a fact's key is in the ledger and, on PostgreSQL, on every synchronous standby. */
export function createHasFact({
  engine,
  queries,
}: Pick<LedgerDatabase, 'engine' | 'queries'>): (key: string) => Promise<boolean> {
  const find = engine === 'sqlite' ? findFact : findReplicated
  return (key) => find(queries, key)
}

async function findFact(queries: Kysely<Schema>, key: string): Promise<boolean> {
  const row = await queries
    .selectFrom('facts')
    .select('key')
    .where('key', '=', key)
    .executeTakeFirst()
  return row !== undefined
}

async function findReplicated(queries: Kysely<Schema>, key: string): Promise<boolean> {
  const { rows } = await sql`
    with known as (select key from facts where key = ${key}),
      confirmed as (${confirmReplicated(sql<boolean>`exists (select from known)`)})
    select key, (select count(*) from confirmed) as confirmed from known`.execute(queries)
  return rows.length > 0
}
