import { AppError } from '../../errors.ts'
import { withTimeout } from '../../time/with-timeout.ts'
import type { Total } from '../fact.ts'
import type { Ledger } from '../record/ledger.ts'
import { fallsBelow, type HighWaterMarkFile, parseSeriesId } from './high-water-mark.ts'
import { type Lease, type LeaseReading, leaseMs } from './lease.ts'

type Role = 'leader' | 'not_leader'

/** Decides whether this process may expose the business counters. Nothing else decides it. */
export interface Exposition {
  /**
   * Renews the lease and raises the counters to the committed totals, then lets `collect` read them: the
   * leader's are exposed, those of any other process are not. Resolves with what was collected, once the
   * high-water mark on disk is at least as high. Rejects when it may not be exposed: with `ledger_fell`
   * for good, when the ledger could not be read, and when all of it took longer than half a lease.
   */
  expose<T>(collect: (role: Role) => Promise<T>): Promise<T>
  /** Renews the lease and raises the counters, without exposing them. Rejects as `expose` does. */
  applyTotals(): Promise<Role>
  /** Whether this process is the leader, for what it does beside exposing the counters. */
  isLeader(): boolean
  /** What this process exposes while it is the leader. */
  exposed(): readonly Total[]
  /** Whether the counters stand at the committed totals and the generation has not ended. */
  readonly canExpose: boolean
}

/** The counters, which this decision raises and ends. They only rise. */
export interface AppliedTotals {
  /** Raises the counters to totals that a commit returned. A smaller, later answer changes nothing. */
  apply(totals: readonly Total[]): void
  /**
   * Reads all committed totals and raises the counters to them. Answers false, for good, when one is
   * below what was exposed before the read began: the ledger lost commits, and a counter that fell
   * would read as a reset. Rejects when `read` does.
   */
  applyFrom(read: () => Promise<readonly Total[]>): Promise<boolean>
  /** Raises nothing more, for good: another process saw the ledger fall. */
  end(): void
  /** Whether the totals have been restored and the ledger never fell below what was exposed. */
  readonly canExpose: boolean
  /** What the counters stand at. */
  exposed(): readonly Total[]
}

export interface ExpositionOptions {
  readonly ledger: Pick<Ledger, 'identity' | 'readTotals'>
  readonly appliedTotals: AppliedTotals
  readonly lease: Lease
  /** On SQLite, where no other replica remembers what was exposed. */
  readonly highWaterMark?: Pick<HighWaterMarkFile, 'read' | 'write'> | undefined
  /** How old a page may be when it is ready, in milliseconds; half a lease by default. */
  readonly pageAgeMsMax?: number
}

/** What was begun longer ago than half a lease may be another process's to expose by now. */
const pageAgeMsDefault = leaseMs / 2

const fell =
  'the ledger holds less than was already exposed: it lost commits. Stop every process, run "npm run recover" and start again'

/**
 * Compares the ledger with the high-water mark, once: below it, this process exposes nothing.
 * Rejects with `ledger_fell` for the mark of another ledger, and when the mark or the totals cannot be read.
 */
export async function createExposition(options: ExpositionOptions): Promise<Exposition> {
  const { ledger, appliedTotals, lease, highWaterMark } = options
  const { pageAgeMsMax = pageAgeMsDefault } = options
  const lostCommits = await hasLostCommits(highWaterMark, ledger)

  const applyTotals = async (): Promise<Role> => {
    if (lostCommits) throw new AppError('ledger_fell', fell)
    let reading: LeaseReading | undefined
    const stands = await appliedTotals.applyFrom(async () => {
      reading = await lease.renew()
      if (reading.hasEnded) appliedTotals.end()
      return reading.totals
    })
    if (stands) return reading?.isLeader === true ? 'leader' : 'not_leader'
    const cause = await failureOf(lease.endGeneration())
    throw new AppError('ledger_fell', fell, { cause })
  }

  const collectWith = async <T>(collect: (role: Role) => Promise<T>): Promise<{ collected: T }> => {
    const startedAt = performance.now()
    const role = await applyTotals()
    const collected = await collect(role)
    if (role === 'leader')
      await highWaterMark?.write(appliedTotals.exposed(), ledger.identity.seriesId)
    // A process that was stopped and goes on runs its timers too late to rely on them.
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

/** Whether an earlier process exposed more than the ledger holds now. */
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

/** What it rejects with; the next reading tries again. */
function failureOf(work: Promise<void>): Promise<unknown> {
  return work.then(
    () => undefined,
    (cause: unknown) => cause,
  )
}

function tooOld(ageMs: number): Error {
  return new Error(`reading the totals took longer than ${ageMs} ms`)
}
