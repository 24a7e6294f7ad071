import type { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { lockFile } from './lock-file.ts'
import { openSqlite, readSqlite } from './open-sqlite.ts'
import type { Schema } from './schema.ts'
import { sqliteDialect } from './sqlite-dialect.ts'

/** Where a ledger lives. */
export type DatabaseLocation =
  | { readonly engine: 'sqlite'; readonly path: string }
  | { readonly engine: 'postgres'; readonly url: string }

/** An open database, with what its engine's hot statement needs beside the queries. */
export type LedgerDatabase = {
  /** Every query but the hot one. */
  readonly queries: Kysely<Schema>
  close(): Promise<void>
} & (
  | {
      readonly engine: 'sqlite'
      /** The one connection beneath `queries`: to be used inside `queries.connection()` alone. */
      readonly raw: DatabaseSync
    }
  | { readonly engine: 'postgres' }
)

/**
 * Opens the ledger to write to it: a SQLite file for this process alone.
 * Throws `ledger_locked` when another process has it, `database_unavailable` when it cannot be used.
 */
export const openDatabase = (location: DatabaseLocation): LedgerDatabase => {
  if (location.engine === 'postgres') throw new Error('not yet')
  const { path } = location
  const raw = openSqlite(path, 'full')
  try {
    const lock = lockFile(path)
    const queries = new Kysely<Schema>({ dialect: sqliteDialect(raw) })
    return {
      engine: 'sqlite',
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

/**
 * Opens the ledger to read it, beside the service that writes to it.
 * Throws `database_unavailable` when it is not there or cannot be read.
 */
export const readDatabase = (location: DatabaseLocation): LedgerDatabase => {
  if (location.engine === 'postgres') throw new Error('not yet')
  const raw = readSqlite(location.path)
  const queries = new Kysely<Schema>({ dialect: sqliteDialect(raw) })
  return { engine: 'sqlite', queries, raw, close: () => queries.destroy() }
}
