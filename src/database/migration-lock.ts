import { type Kysely, sql, type Transaction } from 'kysely'
import { type LockConflictOptions, retryLockConflicts } from './retry-lock-conflicts.ts'
import type { Schema } from './schema.ts'
import { liftStatementTimeout } from './statement-timeout.ts'

/**
 * Half of PostgreSQL's `deadlock_timeout` default, so that of two transactions that wait for each other it is the
 * migration that ends. Other statements on a table queue behind its wait, no longer than this for each table.
 */
const lockTimeout = '500ms'

/**
 * Runs `work` in one transaction, after the migration of any other replica, however long that takes, and runs it again
 * after a lock conflict. Returns what `work` returns. For PostgreSQL.
 */
export async function withMigrationLock<T>(
  queries: Kysely<Schema>,
  options: LockConflictOptions,
  work: (transaction: Transaction<Schema>) => Promise<T>,
): Promise<T> {
  await createLockRow(queries)
  return retryLockConflicts(options, () =>
    queries.transaction().execute(async (transaction) => {
      await sql.raw(liftStatementTimeout).execute(transaction)
      await sql`set local lock_timeout = 0`.execute(transaction)
      await sql`select id from migration_lock where id = 1 for update`.execute(transaction)
      await sql.raw(`set local lock_timeout = '${lockTimeout}'`).execute(transaction)
      return work(transaction)
    }),
  )
}

const createLockAttempts = 5

/** With `if not exists` two sessions may still create the same table at once: the losing session retries. */
async function createLockRow(queries: Kysely<Schema>, attempt = 1): Promise<void> {
  try {
    await sql`create table if not exists migration_lock (id bigint primary key)`.execute(queries)
    await sql`insert into migration_lock (id) values (1) on conflict do nothing`.execute(queries)
  } catch (cause) {
    if (attempt >= createLockAttempts) throw cause
    await createLockRow(queries, attempt + 1)
  }
}
