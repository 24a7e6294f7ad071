import type { LedgerDatabase } from '../../database/open.ts'
import type { CommitEngine } from './engine.ts'
import { createPostgresEngine } from './postgres-engine.ts'
import { createSqliteEngine } from './sqlite-engine.ts'

/**
 * The commit engine of an open database that holds this ledger. `shards` are this process's parts of the sums.
 */
export function createCommitEngine(
  database: LedgerDatabase,
  shards: readonly [number, ...number[]],
  ledgerId: string,
): CommitEngine {
  return database.engine === 'sqlite'
    ? createSqliteEngine(database)
    : createPostgresEngine(database, shards, ledgerId)
}
