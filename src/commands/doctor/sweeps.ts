import type { Calendar } from '../../calendar.ts'
import { createClock } from '../../database/clock.ts'
import { readReconcileReport } from '../../stripe/sync/reconcile-report.ts'
import { createRoundStore, type RoundState } from '../../stripe/sync/sync-state.ts'
import { type Check, type Finding, unwell, well } from './check.ts'

/** How long after its time a round may end. */
const patienceMs = 15 * 60_000

/** Whether the rounds that find what webhooks missed are done in time, and what they found. */
export const sweeps: Check = {
  name: 'rounds',
  asksStripe: false,
  look: async ({ ledger, config, now }) => {
    if (ledger === undefined) return []
    const rounds = createRoundStore(ledger.queries, createClock(config.database.engine, now))
    const [sweep, reconcile] = [await rounds.read('sweep'), await rounds.read('reconcile')]
    const drift = readReconcileReport(reconcile)?.drift.count ?? 0
    const unreadable = await ledger.queries
      .selectFrom('unreadable_events')
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
            `${unreadable.count} events could not be read: look them up at dashboard.stripe.com/events (their ids are in the table unreadable_events)`,
          ),
    ]
  },
}

function tellAge(
  name: string,
  state: RoundState | undefined,
  schedule: Calendar,
  more: string,
): Finding {
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
