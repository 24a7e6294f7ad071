import type { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { lockFile } from './lock-file.ts'
import { openSqlite } from './open-sqlite.ts'
import type { Schema } from './schema.ts'
import { sqliteDialect } from './sqlite-dialect.ts'

export interface LedgerDatabase {
  /** Every query but the hot one. */
  readonly queries: Kysely<Schema>
  /** The one connection beneath `queries`: to be used inside `queries.connection()` alone. */
  readonly raw: DatabaseSync
  close(): Promise<void>
}

/**
 * Opens the ledger's file for this process alone.
 * Throws `ledger_locked` when another process has it, `database_unavailable` when it cannot be written.
 */
export const openDatabase = (path: string): LedgerDatabase => {
  const raw = openSqlite(path, 'full')
  try {
    const lock = lockFile(path)
    const queries = new Kysely<Schema>({ dialect: sqliteDialect(raw) })
    return {
      queries,
      raw,
      close: async () => {
        await queries.destroy()
        if (raw.isOpen) raw.close()
        lock.release()
      },
    }
  } catch (cause) {
    raw.close()
    throw cause
  }
}
