import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { AppError, messageOf } from '../errors.ts'
import { type FileLock, isBusy, lockFile } from './lock-file.ts'

/** Logs for the operator what was done with a file. */
export type Note = (message: string) => void

/** The files beside a ledger's file: the emulator's store, and the high-water mark under both its names. */
const storeSuffix = '.stripe'
const markSuffixes = ['.shown', '.high-water-mark']

/**
 * Renames a SQLite ledger and its related files from the path of an earlier version; does nothing if there is
 * none, or if `path` is in use. Returns a lock on the former path, to be held while the ledger is open, so that
 * no process of the earlier version opens the former name.
 * Throws `ledger_locked` while one does, `database_unavailable` when a file is in the way.
 *
 * The ledger's own file is renamed last, in one step. After an interruption, either it still has its former name
 * and the next start continues, or everything has been renamed.
 */
export function carryOverLedger(
  formerPath: string,
  path: string,
  note: Note,
): FileLock | undefined {
  if (!isToCarryOver(formerPath, path, note)) return undefined
  const lock = lockFile(formerPath)
  try {
    // Another process may have renamed it before this one acquired the lock.
    if (isToCarryOver(formerPath, path, note)) {
      const beside = [storeSuffix, ...markSuffixes].map((suffix) => ({
        from: `${formerPath}${suffix}`,
        to: `${path}${suffix}`,
        isDatabase: suffix === storeSuffix,
      }))
      rename([...beside, { from: formerPath, to: path, isDatabase: true }])
      note(
        `the ledger ${formerPath} of an earlier version is now ${path}, with all that belongs to it`,
      )
    }
    return { release: () => release(lock, formerPath) }
  } catch (cause) {
    lock.release()
    throw cause
  }
}

/** The same for a SQLite file without accompanying files and without a lock. */
export function carryOverFile(formerPath: string, path: string, note: Note): void {
  if (!isToCarryOver(formerPath, path, note)) return
  rename([{ from: formerPath, to: path, isDatabase: true }])
  note(`the file ${formerPath} of an earlier version is now ${path}`)
}

function isToCarryOver(formerPath: string, path: string, note: Note): boolean {
  if (!existsSync(formerPath)) return false
  if (!existsSync(path)) return true
  note(`${formerPath}, as an earlier version named it, is left alone: ${path} is in use`)
  return false
}

interface Move {
  readonly from: string
  readonly to: string
  readonly isDatabase: boolean
}

function rename(all: readonly Move[]): void {
  const moves = all.filter(({ from }) => existsSync(from))
  for (const move of moves) refuseTaken(move)
  try {
    for (const { from, isDatabase } of moves) if (isDatabase) makeWhole(from)
    for (const { from, to } of moves) {
      renameSync(from, to)
      syncFolder(dirname(to))
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    const [{ from, to } = { from: '', to: '' }] = moves.slice(-1)
    throw new AppError(
      'database_unavailable',
      `${from} of an earlier version cannot be renamed to ${to} (${messageOf(cause)}): let this user write to its folder`,
      { cause },
    )
  }
}

/** Throws if the target exists, or a leftover log, which SQLite would replay into the renamed file. */
function refuseTaken({ from, to, isDatabase }: Move): void {
  const names = isDatabase ? [to, `${to}-wal`, `${to}-journal`] : [to]
  const taken = names.find((name) => existsSync(name))
  if (taken !== undefined)
    throw new AppError(
      'database_unavailable',
      `${from} of an earlier version cannot be renamed to ${to}, because ${taken} is there: move one of the two to another folder`,
    )
}

/** Merges the log into the file and removes it, which works only if no other process has the file open. */
function makeWhole(path: string): void {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec('pragma journal_mode = delete')
  } catch (cause) {
    if (!isBusy(cause)) throw cause
    throw new AppError(
      'ledger_locked',
      `another process has ${path} open: end it first, so that the file can be renamed`,
      { cause },
    )
  } finally {
    database.close()
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function release(lock: FileLock, formerPath: string): void {
  rmSync(`${formerPath}.lock`, { force: true })
  lock.release()
}
