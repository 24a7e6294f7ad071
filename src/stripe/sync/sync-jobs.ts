import { setTimeout as pauseFor } from 'node:timers/promises'
import type { Traces } from '../../../instrumentation/traces/traces.ts'
import type { Calendar } from '../../calendar.ts'
import { describeError } from '../../describe-error.ts'
import { AppError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { type Pacing, patiently } from '../client/paginate.ts'
import type { LostEventsNotice } from '../webhook/thin-event.ts'
import { reconcile } from './reconcile.ts'
import { type ReconcileReport, readReconcileReport } from './reconcile-report.ts'
import { type SweepReport, sweep } from './sweep-events.ts'
import type { RoundWork } from './sync-context.ts'

export interface RoundsOptions extends RoundWork {
  /** Whether this process is the leader: it alone runs rounds by itself. */
  readonly isLeader: () => boolean
  readonly sweepSchedule: Calendar
  readonly reconcileSchedule: Calendar
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Makes sure that the key is of the ledger's account; asked before the first round. */
  readonly checkAccount: () => Promise<void>
  readonly traces: Traces
  /** Waits, for tests with a clock of their own; by default in real time. */
  readonly pause?: (waitMs: number, signal: AbortSignal) => Promise<void>
}

export interface Rounds {
  /** Begins to look what is due: a sweep at once, then by the schedules. */
  start(): void
  /** Stops between two pages; resolves when no round is under way. */
  stop(): Promise<void>
  /** Runs a round now, after those under way. Rejects when it could not be finished. */
  runSweep(): Promise<SweepReport>
  runReconcile(): Promise<ReconcileReport>
  /** Commits that Stripe failed to generate events; the leader then reads its lists, far back, at once. */
  noteLostEvents(notice: LostEventsNotice): Promise<void>
}

const lookEveryMs = 1_000

export function createRounds(options: RoundsOptions): Rounds {
  const { rounds, isLeader, sweepSchedule, reconcileSchedule, now, log, traces } = options
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

  /** One round at a time, in the order they were asked for. */
  const inTurn = <T>(
    name: string,
    round: (work: RoundWork, pacing: Pacing) => Promise<T>,
  ): Promise<T> => {
    const result = queue.then(async () => {
      signal.throwIfAborted()
      if (!accountIsChecked) await patiently(options.checkAccount, pacing)
      accountIsChecked = true
      return traces.span({ name }, () => round(options, pacing))
    })
    queue = result.catch(() => undefined)
    return result
  }

  const runSweep = () => inTurn('sweep', sweep)
  const runReconcile = () => inTurn('reconcile', reconcile)

  const isReconcileDue = async (): Promise<boolean> => {
    const last = await rounds.read('reconcile')
    const wideBeganAt = readReconcileReport(last)?.wideBeganAt ?? null
    if (last === undefined || last.succeededAt === null || wideBeganAt === null) return true
    if ((await rounds.pendingNotice()) !== undefined) return true
    const dueAt = reconcileSchedule.next(last.succeededAt)
    return dueAt !== null && dueAt <= last.readAt
  }

  const isSweepDue = (): boolean =>
    now() < decidedAt || (nextSweepAt !== null && nextSweepAt <= now())

  /** Any replica may have taken a notice. One that was tried waits for the next sweep. */
  const lookForNotice = async (): Promise<void> => {
    const notice = await rounds.pendingNotice()
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
        'a round failed and is tried again at its next time',
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
      aborter.abort(new Error('the rounds were stopped'))
      await looking
      await polling
      await queue
    },
    runSweep,
    runReconcile,
    noteLostEvents: async ({ eventId }) => {
      await rounds.noteLostEvents(eventId).catch((cause: unknown) => {
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

function tellSwept(log: RoundsOptions['log'], { outcomes }: SweepReport): void {
  if (outcomes.new > 0)
    log.info({ facts: outcomes.new }, 'the sweep found what webhooks had not told')
}

function tellReconciled(log: RoundsOptions['log'], { drift, extras }: ReconcileReport): void {
  if (drift.count > 0)
    log.warn({ drift: drift.series }, "the ledger lacked what Stripe's lists show; now it has it")
  if (extras !== null && extras.absent > 0)
    log.warn({ keys: extras.keys }, 'the ledger has facts whose objects Stripe does not have')
}
