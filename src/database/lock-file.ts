import { DatabaseSync } from 'node:sqlite'
import { AppError, messageOf } from '../errors.ts'
import { createPrivate } from './open-sqlite.ts'

export interface FileLock {
  release(): void
}

const sqliteBusy = 5

/**
 * Locks `<path>.lock` for this process with an exclusive SQLite transaction, which the operating system
 * releases even on `kill -9`. `verify` and backups can still read the database beside it.
 * Throws `ledger_locked` if another process holds the lock.
 */
export function lockFile(path: string): FileLock {
  const lockPath = `${path}.lock`
  let lock: DatabaseSync | undefined
  try {
    createPrivate(lockPath)
    lock = new DatabaseSync(lockPath, { timeout: 0 })
    lock.exec('pragma journal_mode = memory; begin exclusive')
  } catch (cause) {
    lock?.close()
    if (isBusy(cause))
      throw new AppError(
        'ledger_locked',
        `another process is using the ledger ${path}: stop it first, or give this one a DATABASE_URL of its own`,
        { cause },
      )
    throw new AppError(
      'database_unavailable',
      `the lock file ${lockPath} cannot be written (${messageOf(cause)}): let this user write to its folder`,
      { cause },
    )
  }
  const held = lock
  return {
    release: () => {
      if (held.isOpen) held.close()
    },
  }
}

/** Whether SQLite failed because another connection has locked the file. */
export function isBusy(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    'errcode' in cause &&
    typeof cause.errcode === 'number' &&
    (cause.errcode & 0xff) === sqliteBusy
  )
}
