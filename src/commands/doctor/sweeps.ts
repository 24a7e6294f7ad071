import type { Calendar } from '../../calendar.ts'
import { readReconcileReport } from '../../stripe/reconcile-report.ts'
import { createRoundStore } from '../../stripe/round-store.ts'
import { type Check, type Finding, unwell, well } from './check.ts'

/** How long after its time a round may end. */
const patienceMs = 15 * 60_000

/** Whether the rounds that find what webhooks missed are done in time, and what they found. */
export const sweeps: Check = {
  name: 'rounds',
  asksStripe: false,
  look: async ({ ledger, config, now }) => {
    if (ledger === undefined) return []
    const rounds = createRoundStore(ledger.queries)
    const [sweep, reconcile] = [await rounds.read('sweep'), await rounds.read('reconcile')]
    const drift = readReconcileReport(reconcile)?.drift.count ?? 0
    const unreadable = await ledger.queries
      .selectFrom('unreadable_events')
      .select((select) => select.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    return [
      tellAge('last sweep', sweep?.succeededAt ?? null, config.sweepSchedule, now(), ''),
      tellAge(
        'last reconcile',
        reconcile?.succeededAt ?? null,
        config.reconcileSchedule,
        now(),
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

const tellAge = (
  name: string,
  succeededAt: number | null,
  schedule: Calendar,
  now: number,
  more: string,
): Finding => {
  if (succeededAt === null)
    return unwell(name, 'never: start the service; if it runs, its log says why it cannot')
  const text = `${new Date(succeededAt).toISOString()}${more}`
  const nextAt = schedule.next(succeededAt)
  return nextAt !== null && now - nextAt > patienceMs
    ? unwell(name, `${text}: start the service; if it runs, its log says why it cannot`)
    : well(name, text)
}
