import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { AppError, messageOf } from '../errors.ts'
import { readSqlite } from './open-sqlite.ts'

export interface SqliteCopy<T> {
  /** The SQLite file, which other processes may be writing to. */
  readonly path: string
  /** Where the copy goes: an existing file is never overwritten. */
  readonly to: string
  /** Reads the finished copy, under its temporary path, before it gets its name. */
  readonly check: (path: string) => Promise<T>
  /** Receives how much is copied, from 0 to 1; with 1 the check begins. */
  readonly report: (share: number) => void
  /** Aborts the copy between two steps. */
  readonly signal: AbortSignal
}

/** 4 MB: a few milliseconds between two reports, and between two looks at the signal. */
const pagesPerStep = 1_000
const partialSuffix = '.partial'
/** Files that SQLite would take for a part of the database beside it. */
const suffixes = ['', '-journal', '-wal', '-shm']

/**
 * Copies a SQLite file as it was at one instant, by SQLite's online backup over a connection that only reads. Resolves
 * with what `check` returns once the copy, a single file with mode 0600, is on disk under its name. Throws
 * `invalid_request` if the name is taken, `not_committed` if it was aborted and `database_unavailable` if the
 * copy cannot be written or is damaged; then nothing is left behind, except by a crash: then `<to>.partial`.
 * https://www.sqlite.org/backup.html
 */
export async function copySqlite<T>(copy: SqliteCopy<T>): Promise<T> {
  const to = resolveTarget(copy.to)
  const partial = `${to}${partialSuffix}`
  refuseTaken(to, partial)
  createPrivate(partial)
  try {
    await copyPages(copy, partial)
    copy.report(1)
    verifyCopy(partial)
    const checked = await copy.check(partial)
    copy.signal.throwIfAborted()
    publish(partial, to)
    return checked
  } catch (cause) {
    for (const suffix of suffixes) rmSync(`${partial}${suffix}`, { force: true })
    if (copy.signal.aborted)
      throw new AppError('not_committed', `the backup was interrupted: ${to} was not written`)
    if (cause instanceof AppError) throw cause
    throw new AppError(
      'database_unavailable',
      `the backup ${to} cannot be written (${messageOf(cause)}): make room on its disk, or name another file. Nothing was left there`,
      { cause },
    )
  }
}

function resolveTarget(to: string): string {
  const folder = dirname(resolve(to))
  if (!existsSync(folder))
    throw new AppError('invalid_request', `--to ${to}: there is no folder ${folder}: create it`)
  return join(realpathSync(folder), basename(to))
}

function refuseTaken(to: string, partial: string): void {
  for (const file of suffixes.map((suffix) => `${to}${suffix}`))
    if (existsSync(file))
      throw new AppError(
        'invalid_request',
        `${file} exists and is not overwritten: name another file, or move it away`,
      )
  for (const file of suffixes.map((suffix) => `${partial}${suffix}`))
    if (existsSync(file))
      throw new AppError(
        'invalid_request',
        `${file} exists: another backup is writing it, or one that was killed left it. If none is running, remove it`,
      )
}

function createPrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (cause) {
    throw new AppError(
      'database_unavailable',
      `the backup ${path} cannot be created (${messageOf(cause)}): name a file in a folder that this user may write`,
      { cause },
    )
  }
}

/** The open transaction keeps the source at one instant: otherwise each commit would start the copy over. */
async function copyPages<T>(
  { path, report, signal }: SqliteCopy<T>,
  partial: string,
): Promise<void> {
  using source = readSqlite(path)
  source.exec('begin')
  source.prepare('select count(*) from sqlite_schema').get()
  await backup(source, partial, {
    rate: pagesPerStep,
    progress: ({ totalPages, remainingPages }) => {
      signal.throwIfAborted()
      if (remainingPages > 0) report(1 - remainingPages / totalPages)
    },
  })
}

/** Leaves WAL mode, so that the copy is one file. */
function verifyCopy(partial: string): void {
  using copy = new DatabaseSync(partial)
  const mode = copy.prepare('pragma journal_mode = delete').get()?.journal_mode
  if (mode !== 'delete') throw new Error(`the copy stays in the journal mode ${mode}`)
  const found = copy.prepare('pragma integrity_check(1)').get()?.integrity_check
  if (found !== 'ok')
    throw new AppError(
      'database_unavailable',
      `the copy is damaged (${found}), and so is the ledger or the disk: restore the last good backup`,
    )
}

/** The name is reserved first, so that a file that appeared meanwhile is not overwritten. */
function publish(partial: string, to: string): void {
  syncPath(partial)
  closeSync(openSync(to, 'wx', 0o600))
  renameSync(partial, to)
  syncPath(dirname(to))
}

function syncPath(path: string): void {
  const descriptor = openSync(path, statSync(path).isDirectory() ? 'r' : 'r+')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
