import type { Traces } from '../../../instrumentation/traces/traces.ts'
import { AppError, messageOf } from '../../errors.ts'
import { describeError, type Logger } from '../../log.ts'
import type { CronSchedule } from '../../time/cron-schedule.ts'
import { ListFault } from '../client/lists.ts'
import { createPacing, createUnlimitedPacing } from '../client/pacing.ts'
import { patientRefundSource } from '../client/refund-source.ts'
import type { LostEventsNotice } from '../webhook/thin-event.ts'
import { createReconcileDue, createSweepDue, type Due } from './due.ts'
import { createJob, createOnce, type Job } from './job.ts'
import { reconcile } from './reconcile.ts'
import type { ReconcileReport } from './reconcile-report.ts'
import { createListedMemory } from './reconcile-run.ts'
import { type SweepReport, sweep } from './sweep-events.ts'
import type { SyncContext } from './sync-context.ts'
import type { SyncJobName } from './sync-state.ts'

export interface SyncJobsOptions {
  readonly work: SyncContext
  /** Whether this process is the leader: only the leader runs scheduled sync jobs. */
  readonly isLeader: () => boolean
  readonly schedules: { readonly sweep: CronSchedule; readonly reconcile: CronSchedule }
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Checks that the key belongs to the ledger's account; called before the first job. */
  readonly checkAccount: () => Promise<void>
  readonly traces: Traces
  /** For tests with their own clock; by default real time with a limited call rate. */
  readonly pause?: (waitMs: number, signal: AbortSignal) => Promise<void>
}

export interface SyncJobs {
  /** Starts the schedules: both jobs run immediately, then on schedule, independent of each other. */
  start(): void
  /** Stops between two pages; resolves when no job is in progress. */
  stop(): Promise<void>
  /** Runs a job now, after a run in progress. Rejects if it could not be completed. */
  runSweep(): Promise<SweepReport>
  runReconcile(): Promise<ReconcileReport>
  /** Stores that Stripe failed to generate events; the leader then immediately runs a wide reconcile. */
  noteLostEvents(notice: LostEventsNotice): Promise<void>
}

const lookEveryMs = 1_000

export function createSyncJobs(options: SyncJobsOptions): SyncJobs {
  const { schedules, log, traces, pause } = options
  const aborter = new AbortController()
  const { signal } = aborter
  const pacing = pause === undefined ? createPacing(signal) : createUnlimitedPacing(signal, pause)
  const shared = { pacing, traces, ready: createOnce(options.checkAccount, pacing) }
  const refunds = patientRefundSource(options.work.ingest.refunds, pacing, new Map())
  const work = { ...options.work, ingest: { ...options.work.ingest, refunds } }
  const sweepJob = createJob('sweep', () => sweep(work, pacing), shared)
  const memory = createListedMemory()
  const reconcileJob = createJob('reconcile', () => reconcile(work, pacing, memory), shared)
  const sweepDue = createSweepDue(schedules.sweep, work.now)
  const reconcileDue = createReconcileDue(schedules.reconcile, work.now, work.syncState)
  const reportFailure = createFailureReporter(log, work.now)
  const fail = (error: unknown): void => {
    if (!signal.aborted) reportFailure(error)
  }
  const lookers = [
    createLooker(options, {
      name: 'sweep',
      signal,
      job: sweepJob,
      due: sweepDue,
      fail,
      report: reportSweep,
    }),
    createLooker(options, {
      name: 'reconcile',
      signal,
      job: reconcileJob,
      due: reconcileDue,
      fail,
      report: reportReconcile,
    }),
  ]
  const look = (): void => {
    for (const looker of lookers) looker.look()
  }
  let timer: NodeJS.Timeout | undefined

  return {
    start: () => {
      timer = setInterval(look, lookEveryMs).unref()
      look()
    },
    stop: async () => {
      clearInterval(timer)
      aborter.abort(new Error('the sync jobs were stopped'))
      await Promise.all(lookers.map((looker) => looker.ended()))
      await Promise.all([sweepJob.ended(), reconcileJob.ended()])
    },
    runSweep: sweepJob.run,
    runReconcile: reconcileJob.run,
    noteLostEvents: (notice) => noteLostEvents(work, notice),
  }
}

interface Looked<T> {
  readonly name: SyncJobName
  readonly signal: AbortSignal
  readonly job: Job<T>
  readonly due: Due
  readonly fail: (error: unknown) => void
  readonly report: (log: SyncJobsOptions['log'], report: T) => void
}

/** Checks whether a job is due and runs it, one check at a time. */
function createLooker<T>({ work, isLeader, log }: SyncJobsOptions, looked: Looked<T>) {
  const { name, signal, job, due, fail, report } = looked
  let looking: Promise<void> | undefined
  let isWanted = false

  const readProgress = async () => (await work.syncState.read(name))?.progress

  const runIfDue = async (): Promise<void> => {
    // If the ledger cannot be read now, it is read again in a second.
    if (!(await Promise.resolve(due.isDue()).catch(() => false))) return
    due.begin()
    const before = await readProgress().catch(() => undefined)
    try {
      report(log, await job.run())
    } catch (error) {
      fail(error)
      due.breakOff((await readProgress().catch(() => before)) !== before)
    }
  }

  /** A check requested during another one follows it. */
  const look = (): void => {
    if (signal.aborted) return
    if (!isLeader()) due.reset()
    else if (looking !== undefined) isWanted = true
    else
      looking = runIfDue().finally(() => {
        looking = undefined
        if (isWanted) {
          isWanted = false
          look()
        }
      })
  }

  return {
    look,
    ended: async (): Promise<void> => looking,
  }
}

const sameCauseMs = 60_000

/** If both jobs fail for one cause, it is logged once. List faults are logged where they are found. */
function createFailureReporter(log: SyncJobsOptions['log'], now: () => number) {
  let last: { readonly cause: string; readonly at: number } | undefined
  return (error: unknown): void => {
    const cause = messageOf(error)
    const isTold = last?.cause === cause && Math.abs(now() - last.at) < sameCauseMs
    if (isTold || error instanceof ListFault) return
    last = { cause, at: now() }
    log.error(
      { error: describeError(error) },
      'a sync job failed and will be retried at its next scheduled time',
    )
  }
}

async function noteLostEvents({ syncState, log }: SyncContext, { eventId }: LostEventsNotice) {
  await syncState.noteLostEvents(eventId).catch((cause: unknown) => {
    throw new AppError('not_committed', 'the notice could not be stored: send it again', { cause })
  })
  log.warn({ event: eventId }, 'Stripe failed to generate events: its lists are read instead')
}

function reportSweep(log: SyncJobsOptions['log'], { outcomes }: SweepReport): void {
  if (outcomes.new > 0)
    log.info({ facts: outcomes.new }, 'the sweep found facts that webhooks had missed')
}

function reportReconcile(log: SyncJobsOptions['log'], { drift, orphans }: ReconcileReport): void {
  if (drift.count > 0)
    log.warn(
      { drift: drift.series },
      "the ledger lacked facts that Stripe's lists show; they are recorded now",
    )
  if (orphans !== null && orphans.absent > 0)
    log.warn({ keys: orphans.keys }, 'the ledger has facts whose objects Stripe does not have')
}
