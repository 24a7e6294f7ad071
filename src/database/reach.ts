import { setTimeout as wait } from 'node:timers/promises'
import { AppError, messageOf } from '../errors.ts'
import { explainUnreachable, mayPass } from './explain-unreachable.ts'
import type { LedgerDatabase } from './open.ts'

export interface ReachOptions {
  /** A monotonic clock, in milliseconds. */
  readonly monotonicNow: () => number
  readonly warn: (reason: string) => void
}

const patienceMs = 60_000
const pauseMsFirst = 250
const pauseMsMax = 4_000

/**
 * Resolves once the database responds, retrying for a minute.
 * Throws `database_unavailable` after that, and immediately for errors that waiting does not fix.
 */
export async function reachDatabase(
  database: LedgerDatabase,
  { monotonicNow, warn }: ReachOptions,
): Promise<void> {
  if (database.engine === 'sqlite') return
  const { refuseUnsafeCommit } = await import('./open-postgres.ts')
  const expiresAt = monotonicNow() + patienceMs
  for (let pauseMs = pauseMsFirst; ; pauseMs = Math.min(2 * pauseMs, pauseMsMax)) {
    try {
      await refuseUnsafeCommit(database.queries)
      return
    } catch (cause) {
      if (cause instanceof AppError) throw cause
      if (isPooler(cause)) throw needsPoolerSetting(cause)
      if (!mayPass(cause)) throw unusable(cause)
      if (monotonicNow() > expiresAt) throw unreachable(cause)
      warn(explainUnreachable(cause))
      await wait(pauseMs)
    }
  }
}

/** Whether PgBouncer, or Amazon's RDS Proxy, rejected the timeouts or options that a connection requests. */
function isPooler(cause: unknown): boolean {
  return /unsupported (options )?startup parameter|RDS Proxy currently doesn.t support/.test(
    messageOf(cause),
  )
}

function needsPoolerSetting(cause: unknown): AppError {
  return new AppError(
    'database_unavailable',
    `there is a pooler in front of PostgreSQL (${messageOf(cause)}): add pooler=transaction to the query of DATABASE_URL, ` +
      'and set statement_timeout and idle_in_transaction_session_timeout (and search_path, if it was in options) for the role by ALTER ROLE … SET',
    { cause },
  )
}

function unusable(cause: unknown): AppError {
  return new AppError(
    'database_unavailable',
    `PostgreSQL cannot be used: ${explainUnreachable(cause)}. Check DATABASE_URL`,
    { cause },
  )
}

function unreachable(cause: unknown): AppError {
  return new AppError(
    'database_unavailable',
    `PostgreSQL cannot be used: ${explainUnreachable(cause)}. Check DATABASE_URL and that the server runs`,
    { cause },
  )
}
