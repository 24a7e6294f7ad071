import type { LedgerDatabase } from '../../database/open.ts'
import { AppError, messageOf } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { LedgerIdentity } from '../identity.ts'
import type { Ledger } from '../record/ledger.ts'
import { type AppliedTotals, createExposition, type Exposition } from './exposition.ts'
import {
  createHighWaterMarkFile,
  type HighWaterMarkFile,
  highWaterMarkPathOf,
} from './high-water-mark.ts'
import { keepLease, type LeaseKeeper } from './keep-lease.ts'
import { createSharedLease, createSoleLease, type Lease } from './lease.ts'

export interface OpenExpositionOptions {
  readonly database: LedgerDatabase
  readonly ledger: Ledger
  readonly appliedTotals: AppliedTotals
  /** The random token with which this process holds the lease. */
  readonly processId: string
  readonly highWaterMark: OpenedMark
  readonly log: Logger
}

export interface OpenedExposition {
  readonly exposition: Exposition
  /** Stops renewing the lease; resolves when no renewal is running. */
  stopRenewing(): Promise<void>
  /** Releases the lease. Never rejects: a lease that cannot be released expires. */
  releaseLease(): Promise<void>
}

/**
 * Restores the counters to the committed totals. From then on every scrape and push, and on PostgreSQL
 * every renewal of the lease, raises them to the committed totals. If the ledger lost commits, logs an
 * error and exposes nothing. Rejects when the ledger cannot be read.
 */
export async function openExposition(options: OpenExpositionOptions): Promise<OpenedExposition> {
  const { database, ledger, appliedTotals, processId, highWaterMark, log } = options
  const lease = createLease(database, processId, ledger.identity)
  const exposition = await createExposition({ ledger, appliedTotals, lease, highWaterMark })
  try {
    await exposition.applyTotals().catch((cause: unknown) => {
      if (!(cause instanceof AppError && cause.code === 'ledger_fell')) throw cause
      log.error({ reason: cause.message }, 'the counters are not exposed')
    })
  } catch (cause) {
    await release(lease, log)
    throw cause
  }
  const keeper: LeaseKeeper | undefined =
    database.engine === 'postgres' ? keepLease(exposition.applyTotals, log) : undefined
  return {
    exposition,
    stopRenewing: async () => keeper?.stop(),
    releaseLease: () => release(lease, log),
  }
}

function createLease(database: LedgerDatabase, processId: string, identity: LedgerIdentity): Lease {
  return database.engine === 'sqlite'
    ? createSoleLease(database)
    : createSharedLease(database.queries, processId, identity, () => performance.now())
}

/** Undefined on PostgreSQL, where the ledger itself records that a generation ended. */
export type OpenedMark = HighWaterMarkFile | undefined

/** The high-water mark of an open database. */
export function openHighWaterMark(database: LedgerDatabase, log: Logger): OpenedMark {
  return database.engine === 'sqlite'
    ? createHighWaterMarkFile(highWaterMarkPathOf(database.path), (message) => log.warn(message))
    : undefined
}

async function release(lease: Lease, log: Logger): Promise<void> {
  try {
    await lease.release()
  } catch (cause) {
    log.warn({ reason: messageOf(cause) }, 'the lease could not be released: it will expire')
  }
}
