import type { CronSchedule } from '../../time/cron-schedule.ts'
import { readReconcileReport } from './reconcile-report.ts'
import type { SyncState } from './sync-state.ts'

/** Decides when a job is due. */
export interface Due {
  isDue(): boolean | Promise<boolean>
  /** The job starts now. */
  begin(): void
  /** The job failed. It is due again soon if it made progress, so that a long backlog does not wait. */
  breakOff(hasGotOn: boolean): void
  /** The job is due immediately, because this process became the leader. */
  reset(): void
}

const soonMs = 10_000
const laterMs = 5 * 60_000

/** Due immediately, then on schedule. A clock set back to before the last decision also makes it due. */
export function createSweepDue(schedule: CronSchedule, now: () => number): Due {
  let nextAt: number | null = Number.NEGATIVE_INFINITY
  let decidedAt = Number.NEGATIVE_INFINITY
  return {
    isDue: () => now() < decidedAt || (nextAt !== null && nextAt <= now()),
    begin: () => {
      decidedAt = now()
      nextAt = schedule.next(decidedAt)
    },
    breakOff: (hasGotOn) => {
      if (hasGotOn) nextAt = Math.min(nextAt ?? Number.POSITIVE_INFINITY, now() + soonMs)
    },
    reset: () => {
      nextAt = Number.NEGATIVE_INFINITY
    },
  }
}

/** From the ledger: on schedule after the last success, immediately if one was interrupted or Stripe lost events. */
export function createReconcileDue(
  schedule: CronSchedule,
  now: () => number,
  syncState: SyncState,
): Due {
  /** The minimum time between a failure and the next run. */
  let failure: { readonly at: number; readonly waitMs: number } | undefined

  const isWaiting = (): boolean =>
    failure !== undefined && now() >= failure.at && now() - failure.at < failure.waitMs

  return {
    isDue: async () => {
      if (isWaiting()) return false
      const last = await syncState.read('reconcile')
      const wideBeganAt = readReconcileReport(last)?.wideBeganAt ?? null
      if (last === undefined || last.succeededAt === null || wideBeganAt === null) return true
      if (last.progress !== null || (await syncState.pendingNotice()) !== undefined) return true
      const dueAt = schedule.next(last.succeededAt)
      return dueAt !== null && dueAt <= last.readAt
    },
    begin: () => {
      failure = undefined
    },
    breakOff: (hasGotOn) => {
      failure = { at: now(), waitMs: hasGotOn ? soonMs : laterMs }
    },
    reset: () => {
      failure = undefined
    },
  }
}
