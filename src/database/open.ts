import { existsSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import type { Pool } from 'pg'
import { AppError } from '../errors.ts'
import { carryOverLedger, type Note } from './carry-over.ts'
import { lockFile } from './lock-file.ts'
import { openSqlite, readSqlite } from './open-sqlite.ts'
import { resolveLedgerPath } from './resolve-path.ts'
import type { Schema } from './schema.ts'
import { sqliteDialect } from './sqlite-dialect.ts'
import { type FileWatch, watchFiles } from './watch-files.ts'

/** Where a ledger lives. */
export type DatabaseLocation = SqliteLocation | PostgresLocation

interface PostgresLocation {
  readonly engine: 'postgres'
  readonly url: string
  /** If it is not part of the URL. */
  readonly password?: string
}

interface SqliteLocation {
  readonly engine: 'sqlite'
  readonly path: string
  /** The path that an earlier version used: the file is renamed once. */
  readonly formerPath?: string
}

/** An open database, with whatever else its engine's hot statement needs. */
export type LedgerDatabase = SqliteLedgerDatabase | PostgresLedgerDatabase

interface OpenDatabase {
  /** For all queries except the hot statement. */
  readonly queries: Kysely<Schema>
  close(): Promise<void>
}

export interface SqliteLedgerDatabase extends OpenDatabase {
  readonly engine: 'sqlite'
  readonly path: string
  /** The single connection behind `queries`: use it only inside `queries.connection()`. */
  readonly raw: DatabaseSync
  /** Checks that the open files are still those at the path. `queries` does so before each write. */
  readonly files: FileWatch
}

export interface PostgresLedgerDatabase extends OpenDatabase {
  readonly engine: 'postgres'
  readonly pool: Pool
  /** From now on, a new connection to a database that holds another ledger is closed. */
  readonly onlyFor: (ledgerId: string) => void
}

/**
 * Opens the ledger for writing: a SQLite file, locked for this process, or PostgreSQL, without connecting yet.
 * A file of an earlier version is moved to its new path first, which is reported to `note`. PostgreSQL cancels statements
 * after `statementTimeoutMs`, if given. Throws `ledger_locked` when another process has the file, `database_unavailable`
 * when it cannot be used.
 */
export function openDatabase(
  location: DatabaseLocation,
  note: Note = () => undefined,
  statementTimeoutMs?: number,
): Promise<LedgerDatabase> {
  return location.engine === 'sqlite'
    ? openFile(location, note)
    : openServer(location, note, statementTimeoutMs)
}

/** Whether the ledger's file exists, under its current or its former name. */
export function hasFile({ path, formerPath }: SqliteLocation): boolean {
  return existsSync(path) || (formerPath !== undefined && existsSync(formerPath))
}

/**
 * Opens the ledger for reading while the service writes to it. PostgreSQL cancels statements after
 * `statementTimeoutMs`, if given. Throws `database_unavailable` if the ledger does not exist or cannot be
 * read.
 */
export async function readDatabase(
  location: DatabaseLocation,
  statementTimeoutMs?: number,
): Promise<LedgerDatabase> {
  if (location.engine === 'postgres') return openServer(location, undefined, statementTimeoutMs)
  const { path, formerPath } = location
  if (!existsSync(path) && formerPath !== undefined && existsSync(formerPath))
    throw new AppError(
      'database_unavailable',
      `the ledger is still ${formerPath}, as an earlier version named it: start the service once, which carries it over to ${path}`,
    )
  const raw = readSqlite(path)
  const queries = new Kysely<Schema>({ dialect: sqliteDialect(raw) })
  const files = { check: () => undefined }
  return { engine: 'sqlite', path, queries, raw, files, close: () => queries.destroy() }
}

async function openFile(location: SqliteLocation, note: Note): Promise<SqliteLedgerDatabase> {
  const { formerPath } = location
  const formerLock =
    formerPath === undefined ? undefined : carryOverLedger(formerPath, location.path, note)
  try {
    const path = resolveLedgerPath(location.path)
    const raw = openSqlite(path, 'full')
    try {
      const lock = lockFile(path)
      const files = watchFiles(path, raw, note)
      const queries = new Kysely<Schema>({ dialect: sqliteDialect(raw, files) })
      const close = async () => {
        await queries.destroy()
        if (raw.isOpen) raw.close()
        lock.release()
        formerLock?.release()
      }
      return { engine: 'sqlite', path, queries, raw, files, close }
    } catch (cause) {
      raw.close()
      throw cause
    }
  } catch (cause) {
    formerLock?.release()
    throw cause
  }
}

async function openServer(
  location: PostgresLocation,
  note?: Note,
  statementTimeoutMs?: number,
): Promise<PostgresLedgerDatabase> {
  const { openPostgres } = await import('./open-postgres.ts')
  const { pool, queries, onlyFor } = openPostgres(location, statementTimeoutMs, note)
  return { engine: 'postgres', pool, queries, onlyFor, close: () => queries.destroy() }
}
