import { setTimeout as wait } from 'node:timers/promises'
import { AppError } from '../errors.ts'
import { errorCodeOf } from './error-code.ts'

export interface LockConflictOptions {
  /** A monotonic clock, in milliseconds, if not the process's. */
  readonly monotonicNow?: () => number
  /** Called at the first conflict, with PostgreSQL's message. */
  readonly warn?: (reason: string) => void
}

const patienceMs = 120_000
/** Replicas and backups use the tables between two attempts. */
const pauseMs = 500

/** `deadlock_detected` and `lock_not_available`: the transaction is rolled back. */
const lockConflicts: ReadonlySet<string> = new Set(['40P01', '55P03'])

/**
 * Runs a transaction on tables that running replicas, or a backup, use, and runs it again after a deadlock or a lock that
 * was not granted in time, for two minutes from the first. Returns what `change` returns. Throws `database_unavailable`
 * after that. A reader that takes the tables in another order cannot be prevented, so the order of locks alone does not help:
 * https://github.com/tldraw/tldraw/issues/10725 https://www.postgresql.org/docs/current/explicit-locking.html
 */
export async function retryLockConflicts<T>(
  { monotonicNow = () => performance.now(), warn = () => undefined }: LockConflictOptions,
  change: () => Promise<T>,
): Promise<T> {
  let expiresAt: number | undefined
  for (;;) {
    try {
      return await change()
    } catch (cause) {
      const conflict = lockConflictOf(cause)
      if (conflict === undefined) throw cause
      if (expiresAt === undefined) {
        expiresAt = monotonicNow() + patienceMs
        warn(conflict.message)
      }
      if (monotonicNow() > expiresAt) throw stillInUse(conflict)
      await wait(pauseMs)
    }
  }
}

/** PostgreSQL's error, which the migrator wraps. */
function lockConflictOf(cause: unknown): Error | undefined {
  if (!(cause instanceof Error)) return undefined
  return lockConflicts.has(errorCodeOf(cause)) ? cause : lockConflictOf(cause.cause)
}

function stillInUse(cause: Error): AppError {
  return new AppError(
    'database_unavailable',
    `the ledger's tables were in use for ${patienceMs / 1_000} s, so they could not be migrated (${cause.message}). Nothing was changed: ` +
      'wait for a backup to end, or end the session that holds them (pg_stat_activity shows it), and start again',
    { cause },
  )
}
