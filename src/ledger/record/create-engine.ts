import type { LedgerDatabase } from '../../database/open.ts'
import type { CommitEngine } from './engine.ts'
import { createPostgresEngine } from './postgres-engine.ts'
import { createSqliteEngine } from './sqlite-engine.ts'

/**
 * The commit engine of an open database that holds this ledger. `shard` is this process's part of the sums.
 */
export function createCommitEngine(
  database: LedgerDatabase,
  shard: number,
  ledgerId: string,
): CommitEngine {
  return database.engine === 'sqlite'
    ? createSqliteEngine(database)
    : createPostgresEngine(database, shard, ledgerId)
}
