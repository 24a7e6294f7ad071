import type { CronSchedule } from '../../time/cron-schedule.ts'
import { readReconcileReport } from './reconcile-report.ts'
import type { SyncState } from './sync-state.ts'

/** When a job runs by itself. */
export interface Due {
  isDue(): boolean | Promise<boolean>
  /** It begins now. */
  begin(): void
  /** It broke off; it is due again soon where it got on, so that a long backlog does not wait. */
  breakOff(hasGotOn: boolean): void
  /** It is due at once: this process became the leader. */
  reset(): void
}

const soonMs = 10_000
const laterMs = 5 * 60_000

/** At once, then by the schedule. A clock that was put back behind the last decision makes it due. */
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

/** As the ledger says: by the schedule since the last success, at once where one broke off or Stripe lost events. */
export function createReconcileDue(
  schedule: CronSchedule,
  now: () => number,
  syncState: SyncState,
): Due {
  /** Not again before this much has passed since a failure. */
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
