import { setTimeout as wait } from 'node:timers/promises'
import { AppError, messageOf } from '../errors.ts'
import { errorCodeOf } from './error-code.ts'

export interface GiveWayOptions {
  /** A monotonic clock, in milliseconds, if not the process's. */
  readonly monotonicNow?: () => number
  /** Called once, when another transaction is let through first. */
  readonly warn?: (reason: string) => void
}

const patienceMs = 120_000
/** In which the replicas and the backup go on. */
const pauseMs = 500

/** A deadlock, and a lock that was not granted within `lock_timeout`: nothing was changed. */
const inTheWay: ReadonlySet<string> = new Set(['40P01', '55P03'])

/**
 * Changes tables that running replicas, or a backup, read and write: as often as another transaction is in the way, all
 * is rolled back and begun again, for two minutes. Returns what `change` returns. Throws `database_unavailable` after that.
 * A reader that takes the tables in another order cannot be prevented, so the order of locks alone does not help:
 * https://github.com/tldraw/tldraw/issues/10725 https://www.postgresql.org/docs/current/explicit-locking.html
 */
export async function givingWay<T>(
  { monotonicNow = () => performance.now(), warn = () => undefined }: GiveWayOptions,
  change: () => Promise<T>,
): Promise<T> {
  const expiresAt = monotonicNow() + patienceMs
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await change()
    } catch (cause) {
      if (!isInTheWay(cause)) throw cause
      if (monotonicNow() > expiresAt) throw stillInTheWay(cause)
      if (attempt === 1) warn(messageOf(cause))
      await wait(pauseMs)
    }
  }
}

function isInTheWay(cause: unknown): boolean {
  if (inTheWay.has(errorCodeOf(cause))) return true
  return cause instanceof Error && cause.cause !== undefined && isInTheWay(cause.cause)
}

function stillInTheWay(cause: unknown): AppError {
  return new AppError(
    'database_unavailable',
    `the ledger's tables could not be migrated within ${patienceMs / 1_000} s, because other transactions use them (${messageOf(cause)}): ` +
      'wait for a backup to end, or end the session that holds them (pg_stat_activity shows it), and start again. Nothing was changed',
    { cause },
  )
}
