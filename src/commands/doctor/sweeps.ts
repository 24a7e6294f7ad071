import { createClock } from '../../database/clock.ts'
import { readReconcileReport } from '../../stripe/sync/reconcile-report.ts'
import { createSyncState, type SyncJobState } from '../../stripe/sync/sync-state.ts'
import type { CronSchedule } from '../../time/cron-schedule.ts'
import { type Check, type LookUpResult, unwell, well } from './check.ts'

/** How long after its time a round may end. */
const patienceMs = 15 * 60_000

/** Whether the sync jobs that find what webhooks missed are done in time, and what they found. */
export const sweeps: Check = {
  name: 'sync jobs',
  asksStripe: false,
  look: async ({ ledger, config, now }) => {
    if (ledger === undefined) return []
    const syncState = createSyncState(ledger.queries, createClock(config.database.engine, now))
    const [sweep, reconcile] = [await syncState.read('sweep'), await syncState.read('reconcile')]
    const drift = readReconcileReport(reconcile)?.drift.count ?? 0
    const unreadable = await ledger.queries
      .selectFrom('dead_letters')
      .select((select) => select.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    return [
      tellAge('last sweep', sweep, config.sweepSchedule, ''),
      tellAge(
        'last reconcile',
        reconcile,
        config.reconcileSchedule,
        `; it found ${drift} that had been missing`,
      ),
      Number(unreadable.count) === 0
        ? well('unreadable', 'none')
        : unwell(
            'unreadable',
            `${unreadable.count} events could not be read: look them up at dashboard.stripe.com/events (their ids are in the table dead_letters)`,
          ),
    ]
  },
}

function tellAge(
  name: string,
  state: SyncJobState | undefined,
  schedule: CronSchedule,
  more: string,
): LookUpResult {
  if (state === undefined || state.succeededAt === null)
    return unwell(
      name,
      'never, or later than the clock says: start the service; if it runs, its log says why it cannot',
    )
  const { succeededAt, readAt } = state
  const text = `${new Date(succeededAt).toISOString()}${more}`
  const nextAt = schedule.next(succeededAt)
  return nextAt !== null && readAt - nextAt > patienceMs
    ? unwell(name, `${text}: start the service; if it runs, its log says why it cannot`)
    : well(name, text)
}
