import { AppError } from '../../errors.ts'
import { withTimeout } from '../../time/with-timeout.ts'
import type { Total } from '../fact.ts'
import type { Ledger } from '../record/ledger.ts'
import { fallsBelow, type HighWaterMarkFile, parseSeriesId } from './high-water-mark.ts'
import { type Lease, type LeaseReading, leaseMs } from './lease.ts'

type Role = 'leader' | 'not_leader'

/** The only place that decides whether this process may expose the business counters. */
export interface Exposition {
  /**
   * Renews the lease and raises the counters to the committed totals, then lets `collect` read them: only
   * the leader's are exposed. Resolves with what was collected, once the high-water mark on disk is at least
   * as high. Rejects if it may not be exposed: permanently with `ledger_fell`, if the ledger could not be
   * read, and if it took longer than half a lease.
   */
  expose<T>(collect: (role: Role) => Promise<T>): Promise<T>
  /** Renews the lease and raises the counters, without exposing them. Rejects as `expose` does. */
  applyTotals(): Promise<Role>
  /** Whether this process is the leader, for its other duties. */
  isLeader(): boolean
  /** The totals that this process exposes while it is the leader. */
  exposed(): readonly Total[]
  /** Whether the counters equal the committed totals and the generation has not ended. */
  readonly canExpose: boolean
}

/** The counters as the exposition controls them. They only rise. */
export interface AppliedTotals {
  /** Raises the counters to totals that a commit returned. A smaller total changes nothing. */
  apply(totals: readonly Total[]): void
  /**
   * Reads all committed totals and raises the counters to them. Returns false, from then on,
   * if one is below what was exposed before the read began: the ledger lost commits, and Prometheus would
   * take a falling counter for a reset. Rejects if `read` does.
   */
  applyFrom(read: () => Promise<readonly Total[]>): Promise<boolean>
  /** Stops raising the counters permanently: another process saw the ledger fall. */
  end(): void
  /** Whether the totals have been restored and the ledger never fell below what was exposed. */
  readonly canExpose: boolean
  /** The values of the counters. */
  exposed(): readonly Total[]
}

export interface ExpositionOptions {
  readonly ledger: Pick<Ledger, 'identity' | 'readTotals'>
  readonly appliedTotals: AppliedTotals
  readonly lease: Lease
  /** Only on SQLite, where no other replica remembers what was exposed. */
  readonly highWaterMark?: Pick<HighWaterMarkFile, 'read' | 'write'> | undefined
  /** The maximum age of a completed page, in milliseconds; half a lease by default. */
  readonly pageAgeMsMax?: number
}

/** A page that took longer than half a lease may by now be exposed by another process instead. */
const pageAgeMsDefault = leaseMs / 2

/** What to do about a ledger that lost commits. */
export const ledgerFellAdvice =
  'the ledger holds less than was already exposed: it lost commits. Stop every process, run "npm run recover" and start again'

/**
 * Compares the ledger with the high-water mark once: if the ledger is below it, this process exposes
 * nothing. Rejects with `ledger_fell` if the mark belongs to another ledger, and when the mark or the
 * totals cannot be read.
 */
export async function createExposition(options: ExpositionOptions): Promise<Exposition> {
  const { ledger, appliedTotals, lease, highWaterMark } = options
  const { pageAgeMsMax = pageAgeMsDefault } = options
  const lostCommits = await hasLostCommits(highWaterMark, ledger)

  const applyTotals = async (): Promise<Role> => {
    if (lostCommits) throw new AppError('ledger_fell', ledgerFellAdvice)
    let reading: LeaseReading | undefined
    const holds = await appliedTotals.applyFrom(async () => {
      reading = await lease.renew()
      if (reading.hasEnded) appliedTotals.end()
      return reading.totals
    })
    if (holds) return reading?.isLeader === true ? 'leader' : 'not_leader'
    const cause = await failureOf(lease.endGeneration())
    throw new AppError('ledger_fell', ledgerFellAdvice, { cause })
  }

  const collectWith = async <T>(collect: (role: Role) => Promise<T>): Promise<{ collected: T }> => {
    const startedAt = performance.now()
    const role = await applyTotals()
    const collected = await collect(role)
    if (role === 'leader')
      await highWaterMark?.write(appliedTotals.exposed(), ledger.identity.seriesId)
    // After a pause of the whole process, timers run too late to be relied on.
    if (performance.now() - startedAt > pageAgeMsMax) throw tooOld(pageAgeMsMax)
    return { collected }
  }

  return {
    expose: async (collect) => {
      const page = await withTimeout(collectWith(collect), pageAgeMsMax)
      if (page === undefined) throw tooOld(pageAgeMsMax)
      return page.collected
    },
    applyTotals,
    isLeader: lease.isLeader,
    exposed: appliedTotals.exposed,
    get canExpose() {
      return appliedTotals.canExpose
    },
  }
}

/** Whether an earlier process exposed more than the ledger now holds. */
async function hasLostCommits(
  highWaterMark: ExpositionOptions['highWaterMark'],
  { identity, readTotals }: Pick<Ledger, 'identity' | 'readTotals'>,
): Promise<boolean> {
  const mark = await highWaterMark?.read()
  if (mark !== undefined && parseSeriesId(mark.seriesId).ledgerId !== identity.ledgerId)
    throw new AppError('ledger_fell', replaced(mark.seriesId, identity.seriesId))
  return mark !== undefined && fallsBelow(mark, identity.seriesId, await readTotals())
}

function replaced(was: string, is: string): string {
  return (
    `the high-water mark beside the ledger is of another one: ${was} was exposed here, and this is ${is}. ` +
    'Put back the ledger that belongs to it, or run "npm run recover" to begin a new series'
  )
}

/** The reason `work` rejects with, if any; the next reading tries again. */
function failureOf(work: Promise<void>): Promise<unknown> {
  return work.then(
    () => undefined,
    (cause: unknown) => cause,
  )
}

function tooOld(ageMs: number): Error {
  return new Error(`reading the totals took longer than ${ageMs} ms`)
}
