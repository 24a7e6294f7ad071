import type { StripePage } from '../client/lists.ts'
import { forEachPage, type Pacing } from '../client/paginate.ts'
import { type Ingested, ingestEvent, readListed } from '../facts/ingest.ts'
import { checkoutSessionList } from '../facts/object-registry.ts'
import { recordStripeFact } from '../facts/record-stripe-fact.ts'
import { eventTypes } from '../facts/registry.ts'
import type { SyncContext } from './sync-context.ts'

export interface SweepReport {
  /** From and to which instant of Stripe's it has read, in milliseconds. */
  readonly since: number
  readonly position: number
  /** How many events and Checkout Sessions came to what. */
  readonly outcomes: Readonly<Record<Ingested, number>>
}

const typesPerCallMax = 20
const overlapMs = 3_600_000
/** Stripe's lists lag behind: what is younger may still be missing in them. */
const lagMs = 60_000
const dayMs = 86_400_000
const warnAgeMs = 25 * dayMs

/**
 * Reads the events that webhooks may have missed, and the Checkout Sessions, whose start has no event,
 * from an hour before the cursor on. The cursor moves after the last page, when all is committed.
 * Rejects when Stripe or the ledger cannot go on; the next sweep then begins where this one began.
 */
export async function sweep(work: SyncContext, pacing: Pacing): Promise<SweepReport> {
  const { lists, syncState } = work
  const before = await syncState.read('sweep')
  const cursor = before?.position ?? work.genesis
  warnOfAge(work, cursor)
  const since = Math.max(0, cursor - overlapMs)
  const createdFromSeconds = Math.floor(since / 1000)
  const outcomes = { new: 0, duplicate: 0, before_genesis: 0, not_counted: 0, unreadable: 0 }
  let beganAt: number | undefined

  const take = async (page: StripePage, takeOne: (object: unknown) => Promise<Ingested>) => {
    beganAt ??= page.stripeNow ?? work.now()
    for (const outcome of await Promise.all(page.objects.map(takeOne))) outcomes[outcome] += 1
  }

  const ingestListedEvent = (body: unknown): Promise<Ingested> =>
    ingestEvent(body, 'sweep', work, () => 'without an id')

  const ingestSession = async (session: unknown): Promise<Ingested> => {
    const fact = await readListed(session, checkoutSessionList, 'sweep', work)
    return fact === undefined ? 'not_counted' : recordStripeFact(work.recorder, fact)
  }

  for (let first = 0; first < eventTypes.length; first += typesPerCallMax) {
    const types = eventTypes.slice(first, first + typesPerCallMax)
    await forEachPage(
      (startingAfter) => lists.listEvents(types, { createdFromSeconds, startingAfter }),
      (page) => take(page, ingestListedEvent),
      pacing,
    )
  }
  await forEachPage(
    (startingAfter) =>
      lists.listObjects('checkout_sessions', { createdFromSeconds, startingAfter }),
    (page) => take(page, ingestSession),
    pacing,
  )

  const stripeNow = beganAt ?? work.now()
  const report = { since, position: Math.max(cursor, stripeNow - lagMs), outcomes }
  await syncState.succeed('sweep', { position: report.position, report: JSON.stringify(report) })
  return report
}

function warnOfAge({ now, log }: SyncContext, cursor: number): void {
  const ageMs = now() - cursor
  if (ageMs > warnAgeMs)
    log.warn(
      { days: Math.floor(ageMs / dayMs) },
      'the last complete sweep reached a point more than 25 days ago and Stripe lists events for 30: what is older is found by the reconcile alone, attempts without a charge not at all',
    )
}
