import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { readDatabaseTime } from '../database/clock.ts'
import { migrate, migrateSealed } from '../database/migrate.ts'
import {
  type DatabaseLocation,
  hasFile,
  type LedgerDatabase,
  openDatabase,
  readDatabase,
} from '../database/open.ts'
import { reachDatabase } from '../database/reach.ts'
import type { LedgerRow } from '../database/schema.ts'
import { AppError } from '../errors.ts'
import type { Total } from '../ledger/fact.ts'
import {
  createHighWaterMarkFile,
  type HighWaterMark,
  highWaterMarkPathOf,
} from '../ledger/leader/high-water-mark.ts'
import { acquireLease, releaseLease } from '../ledger/leader/lease.ts'
import { readTotals } from '../ledger/read/totals.ts'
import type { CommandContext } from './command.ts'
import { reportProgress } from './read-options.ts'

/** A ledger that no process of the service uses; until it is closed, none can become the leader. */
export interface StoppedLedger {
  readonly database: LedgerDatabase
  /** The ledger's one row, read now. */
  readRow(): Promise<LedgerRow>
  readonly committed: readonly Total[]
  /** What was exposed last beside this file; undefined if there is no mark. Throws if the mark cannot be parsed. */
  readHighWaterMark(): Promise<HighWaterMark | undefined>
  /** Removes the high-water mark, because a new series begins. */
  removeHighWaterMark(): Promise<void>
  /** The current time by the clock that all processes of this ledger share, in milliseconds. */
  readNow(): Promise<number>
}

/** A running replica acquires a free lease, or records that it may not, well within this time. */
const watchMs = 2_000

interface Stopping extends Pick<CommandContext, 'print' | 'now'> {
  /** Whether it is opened also while it is being moved, or after it was. */
  readonly mayBeSealed?: boolean
}

/**
 * Opens a ledger for a command that may not run beside the service, and closes it after the work.
 * Throws `ledger_locked` while a process of the service is running, `database_unavailable` if there is no
 * ledger or it cannot be used, `ledger_mismatch` if it was moved.
 */
export async function withStoppedLedger(
  location: DatabaseLocation,
  { print, now, mayBeSealed = false }: Stopping,
  work: (ledger: StoppedLedger) => Promise<number>,
): Promise<number> {
  await using stack = new AsyncDisposableStack()
  if (location.engine === 'sqlite' && !hasFile(location)) throw noLedger()
  const database = await openDatabase(location, print)
  stack.defer(() => database.close())
  await reachDatabase(database, {
    monotonicNow: () => performance.now(),
    warn: (reason) => print(`the database cannot be reached yet: ${reason}`),
  })
  const { queries } = database
  await (mayBeSealed ? migrateSealed : migrate)(queries, database.engine, {
    warn: (reason) => print(`the ledger's tables are in use, so the migration waits: ${reason}`),
  })
  const row = await queries.selectFrom('ledger').selectAll().executeTakeFirst()
  if (row === undefined) throw noLedger()
  if (database.engine === 'postgres') await acquireLeadership(database, stack)
  const highWaterMarkFile =
    database.engine === 'sqlite'
      ? createHighWaterMarkFile(highWaterMarkPathOf(database.path), print)
      : undefined
  return await work({
    database,
    readRow: () => queries.selectFrom('ledger').selectAll().executeTakeFirstOrThrow(),
    committed: await readTotals(queries),
    readHighWaterMark: async () => highWaterMarkFile?.read(),
    removeHighWaterMark: async () => highWaterMarkFile?.remove(),
    readNow: async () => (database.engine === 'postgres' ? readDatabaseTime(queries) : now()),
  })
}

/**
 * Opens a ledger for a command that only reads on a dry run, and closes it after the work. It writes beside the service
 * on PostgreSQL; on SQLite the service has to be stopped, and it throws like `withStoppedLedger`.
 */
export async function withLedgerToChange(
  { config, now }: Pick<CommandContext, 'config' | 'now'>,
  isDryRun: boolean,
  work: (database: LedgerDatabase) => Promise<number>,
): Promise<number> {
  if (config.database.engine === 'sqlite' && !isDryRun)
    return withStoppedLedger(config.database, { now, print: reportProgress }, ({ database }) =>
      work(database),
    )
  const database = await (isDryRun ? readDatabase : openDatabase)(config.database)
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

/** Holds the leader's lease until the stack is disposed, so that no process becomes the leader. */
async function acquireLeadership(
  { queries }: LedgerDatabase,
  stack: AsyncDisposableStack,
): Promise<void> {
  const token = randomUUID()
  const since = await readDatabaseTime(queries)
  await pause(watchMs)
  if (!(await acquireLease(queries, token, since)))
    throw new AppError(
      'ledger_locked',
      'a process of the service uses this ledger, or was killed less than 10 s ago: stop every replica and try again',
    )
  stack.defer(() => releaseLease(queries, token))
}

function noLedger(): AppError {
  return new AppError(
    'database_unavailable',
    'there is no ledger at DATABASE_URL yet: the first start of the service creates one',
  )
}
