import { setTimeout as pauseFor } from 'node:timers/promises'
import type { Traces } from '../../../instrumentation/traces/traces.ts'
import { AppError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { describeError } from '../../log.ts'
import type { CronSchedule } from '../../time/cron-schedule.ts'
import { type Pacing, withRateLimitRetry } from '../client/paginate.ts'
import type { LostEventsNotice } from '../webhook/thin-event.ts'
import { reconcile } from './reconcile.ts'
import { type ReconcileReport, readReconcileReport } from './reconcile-report.ts'
import { type SweepReport, sweep } from './sweep-events.ts'
import type { SyncContext } from './sync-context.ts'

export interface SyncJobsOptions extends SyncContext {
  /** Whether this process is the leader: it alone runs the sync jobs by itself. */
  readonly isLeader: () => boolean
  readonly sweepSchedule: CronSchedule
  readonly reconcileSchedule: CronSchedule
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Makes sure that the key is of the ledger's account; asked before the first job. */
  readonly checkAccount: () => Promise<void>
  readonly traces: Traces
  /** Waits, for tests with a clock of their own; by default in real time. */
  readonly pause?: (waitMs: number, signal: AbortSignal) => Promise<void>
}

export interface SyncJobs {
  /** Begins to look what is due: a sweep at once, then by the schedules. */
  start(): void
  /** Stops between two pages; resolves when no job is under way. */
  stop(): Promise<void>
  /** Runs a job now, after those under way. Rejects when it could not be finished. */
  runSweep(): Promise<SweepReport>
  runReconcile(): Promise<ReconcileReport>
  /** Commits that Stripe failed to generate events; the leader then reads its lists, far back, at once. */
  noteLostEvents(notice: LostEventsNotice): Promise<void>
}

const lookEveryMs = 1_000

export function createSyncJobs(options: SyncJobsOptions): SyncJobs {
  const { syncState, isLeader, sweepSchedule, reconcileSchedule, now, log, traces } = options
  const aborter = new AbortController()
  const { signal } = aborter
  const pause = options.pause ?? pauseInRealTime
  const pacing: Pacing = { signal, pause: (waitMs) => pause(waitMs, signal) }
  let queue: Promise<unknown> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | undefined
  let polling: Promise<void> | undefined
  let nextSweepAt: number | null = Number.NEGATIVE_INFINITY
  /** When it was decided when the next sweep is due: a clock behind that was put back. */
  let decidedAt = Number.NEGATIVE_INFINITY
  let noticeSeen: number | undefined
  let accountIsChecked = false

  /** One job at a time, in the order they were asked for. */
  const enqueue = <T>(
    name: string,
    job: (context: SyncContext, pacing: Pacing) => Promise<T>,
  ): Promise<T> => {
    const result = queue.then(async () => {
      signal.throwIfAborted()
      if (!accountIsChecked) await withRateLimitRetry(options.checkAccount, pacing)
      accountIsChecked = true
      return traces.span({ name }, () => job(options, pacing))
    })
    queue = result.catch(() => undefined)
    return result
  }

  const runSweep = () => enqueue('sweep', sweep)
  const runReconcile = () => enqueue('reconcile', reconcile)

  const isReconcileDue = async (): Promise<boolean> => {
    const last = await syncState.read('reconcile')
    const wideBeganAt = readReconcileReport(last)?.wideBeganAt ?? null
    if (last === undefined || last.succeededAt === null || wideBeganAt === null) return true
    if ((await syncState.pendingNotice()) !== undefined) return true
    const dueAt = reconcileSchedule.next(last.succeededAt)
    return dueAt !== null && dueAt <= last.readAt
  }

  const isSweepDue = (): boolean =>
    now() < decidedAt || (nextSweepAt !== null && nextSweepAt <= now())

  /** Any replica may have taken a notice. One that was tried waits for the next sweep. */
  const lookForNotice = async (): Promise<void> => {
    const notice = await syncState.pendingNotice()
    if (notice !== undefined && notice !== noticeSeen) nextSweepAt = Number.NEGATIVE_INFINITY
    noticeSeen = notice
  }

  const runWhatIsDue = async (): Promise<void> => {
    decidedAt = now()
    nextSweepAt = sweepSchedule.next(decidedAt)
    try {
      tellSwept(log, await runSweep())
      if (isLeader() && (await isReconcileDue())) tellReconciled(log, await runReconcile())
    } catch (error) {
      if (signal.aborted) return
      log.error(
        { error: describeError(error) },
        'a sync job failed and is tried again at its next scheduled time',
      )
    }
  }

  const look = (): void => {
    if (!isLeader()) nextSweepAt = Number.NEGATIVE_INFINITY
    else if (looking === undefined && isSweepDue())
      looking = runWhatIsDue().finally(() => {
        looking = undefined
      })
    // What the ledger cannot tell now it is asked again in a second.
    else
      polling ??= lookForNotice()
        .catch(() => undefined)
        .finally(() => {
          polling = undefined
        })
  }

  return {
    start: () => {
      timer = setInterval(look, lookEveryMs).unref()
      look()
    },
    stop: async () => {
      clearInterval(timer)
      aborter.abort(new Error('the sync jobs were stopped'))
      await looking
      await polling
      await queue
    },
    runSweep,
    runReconcile,
    noteLostEvents: async ({ eventId }) => {
      await syncState.noteLostEvents(eventId).catch((cause: unknown) => {
        throw new AppError('not_committed', 'the notice could not be kept: send it again', {
          cause,
        })
      })
      log.warn({ event: eventId }, 'Stripe failed to generate events: its lists are read instead')
    },
  }
}

function pauseInRealTime(waitMs: number, signal: AbortSignal): Promise<void> {
  return pauseFor(waitMs, undefined, { signal })
}

function tellSwept(log: SyncJobsOptions['log'], { outcomes }: SweepReport): void {
  if (outcomes.new > 0)
    log.info({ facts: outcomes.new }, 'the sweep found what webhooks had not told')
}

function tellReconciled(log: SyncJobsOptions['log'], { drift, orphans }: ReconcileReport): void {
  if (drift.count > 0)
    log.warn({ drift: drift.series }, "the ledger lacked what Stripe's lists show; now it has it")
  if (orphans !== null && orphans.absent > 0)
    log.warn({ keys: orphans.keys }, 'the ledger has facts whose objects Stripe does not have')
}
