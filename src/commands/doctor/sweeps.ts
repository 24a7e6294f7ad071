import { createClock } from '../../database/clock.ts'
import { countOpen } from '../../ledger/dead-letters.ts'
import { readReconcileProgress } from '../../stripe/sync/reconcile-progress.ts'
import { readReconcileReport } from '../../stripe/sync/reconcile-report.ts'
import { readSweepProgress } from '../../stripe/sync/sweep-progress.ts'
import { createSyncState, type SyncJobState } from '../../stripe/sync/sync-state.ts'
import type { CronSchedule } from '../../time/cron-schedule.ts'
import { type Check, type LookUpResult, unwell, well } from './check.ts'
import { permissions } from './permissions.ts'

/** How late a run may end. */
const patienceMs = 15 * 60_000

/** Stripe lists events for 30 days. */
const cursorAgeMsMax = 25 * 86_400_000

/** Checks that the sync jobs, which find what webhooks missed, run on time, and reports what they found. */
export const sweeps: Check = {
  name: 'sync jobs',
  asksStripe: false,
  look: async ({ ledger, config, now }) => {
    if (ledger === undefined) return []
    const syncState = createSyncState(ledger.queries, createClock(config.database.engine, now))
    const [sweep, reconcile] = [await syncState.read('sweep'), await syncState.read('reconcile')]
    const drift = readReconcileReport(reconcile)?.drift.count ?? 0
    const deadLetterCount = await countOpen(ledger.queries)
    return [
      tellAge('last sweep', sweep, config.sweepSchedule, ''),
      tellAge(
        'last reconcile',
        reconcile,
        config.reconcileSchedule,
        `; it found ${drift} that had been missing`,
      ),
      ...tellLists(sweep, reconcile, now()),
      deadLetterCount === 0
        ? well('unreadable', 'none')
        : unwell(
            'unreadable',
            `${deadLetterCount} events or objects could not be processed and are not counted: GET /v1/dead-letters lists them with the reason, POST /v1/dead-letters/<id>/replay tries again`,
          ),
    ]
  },
}

/** The lists that do not end as they should, and those that are read too rarely. */
function tellLists(
  sweep: SyncJobState | undefined,
  reconcile: SyncJobState | undefined,
  now: number,
): readonly LookUpResult[] {
  const swept = Object.entries(readSweepProgress(sweep))
  const fault = readReconcileProgress(reconcile)?.fault ?? null
  return [
    ...swept.flatMap(([list, progress]) =>
      progress.fault === null ? [] : [unwell(`list ${list}`, progress.fault)],
    ),
    ...(fault === null ? [] : [unwell('reconcile', fault)]),
    ...Object.entries(readReconcileReport(reconcile)?.refused ?? {}).map(([list, refused]) => ({
      ...unwell(
        'reconcile',
        `the key could not list the ${list} since ${new Date(refused.refusedSince).toISOString()}: give it ${refused.permission} at dashboard.stripe.com/apikeys; if it has it by now, the next reconcile reads them`,
      ),
      followsFrom: permissions.name,
    })),
    ...swept
      .filter(([, { position }]) => position !== null && now - position > cursorAgeMsMax)
      .map(([list, { position }]) =>
        unwell(
          `list ${list}`,
          `read up to ${new Date(position ?? 0).toISOString()}, more than 25 days ago, and Stripe lists events for 30: check the log for the sweep`,
        ),
      ),
  ]
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
      'never, or in the future by the clock: start the service; if it runs, its log says why it cannot',
    )
  const { succeededAt, readAt } = state
  const text = `${new Date(succeededAt).toISOString()}${more}`
  const nextAt = schedule.next(succeededAt)
  return nextAt !== null && readAt - nextAt > patienceMs
    ? unwell(name, `${text}: start the service; if it runs, its log says why it cannot`)
    : well(name, text)
}
