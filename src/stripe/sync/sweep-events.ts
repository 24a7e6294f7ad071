import { ListFault, type StripePage } from '../client/lists.ts'
import type { Pacing } from '../client/pacing.ts'
import { isUnavailable } from '../client/stripe-error.ts'
import { headOf } from '../facts/explain-unreadable.ts'
import { type Ingested, ingestEvent } from '../facts/ingest.ts'
import { checkoutSessionList } from '../facts/object-registry.ts'
import { readListed, recordListed } from '../facts/read-listed.ts'
import { eventTypes } from '../facts/registry.ts'
import { type DeadLetterResolver, openDeadLetterResolver } from './dead-letter-resolver.ts'
import { orDeadLetter } from './or-dead-letter.ts'
import { type SweptList, sweepList } from './sweep-list.ts'
import { openSweepProgress } from './sweep-progress.ts'
import type { SyncContext } from './sync-context.ts'

export interface SweepReport {
  /** The range that was read, by Stripe's clock, in milliseconds. */
  readonly since: number
  readonly position: number
  /** Events and Checkout Sessions by outcome. */
  readonly outcomes: Readonly<Record<Ingested, number>>
}

type Outcomes = Record<Ingested, number>

const typesPerCallMax = 20

/**
 * Reads the events that webhooks may have missed, and the Checkout Sessions, whose start has no event.
 * A list that cannot be read does not block the others. Rejects with the first failure; what was
 * read before it is kept, and the next sweep continues from there.
 */
export async function sweep(given: SyncContext, pacing: Pacing): Promise<SweepReport> {
  const outcomes: Outcomes = {
    new: 0,
    duplicate: 0,
    before_genesis: 0,
    not_counted: 0,
    unreadable: 0,
  }
  const resolver = await openDeadLetterResolver(given)
  const { work } = resolver
  const progress = await openSweepProgress(work.syncState)
  const lists = [...eventLists(resolver, outcomes), sessionList(resolver, outcomes)]
  const failures: unknown[] = []
  const sinces: number[] = []
  for (const list of lists)
    try {
      sinces.push(await sweepList(work, list, progress, pacing))
    } catch (cause) {
      pacing.signal.throwIfAborted()
      failures.push(cause)
      // If Stripe is unavailable, the other lists would fail too.
      if (isUnavailable(cause) && !(cause instanceof ListFault)) break
    }
  if (failures.length > 0) throw failures[0]
  const positions = lists.map(({ name }) => progress.of(name).position ?? 0)
  const report = { since: Math.min(...sinces), position: Math.min(...positions), outcomes }
  await work.syncState.succeed('sweep', {
    position: report.position,
    report: JSON.stringify(report),
    progress: progress.text(),
  })
  return report
}

function eventLists(resolver: DeadLetterResolver, outcomes: Outcomes): readonly SweptList[] {
  const { work } = resolver
  const lists: SweptList[] = []
  for (let first = 0; first < eventTypes.length; first += typesPerCallMax) {
    const types = eventTypes.slice(first, first + typesPerCallMax)
    lists.push({
      name: first === 0 ? 'events' : `events from type ${first}`,
      types,
      fetch: (query) => work.lists.listEvents(types, query),
      take: (page) =>
        ingestAll(resolver, page, outcomes, 'event', (body) =>
          ingestEvent(body, 'sweep', work.ingest, () => 'without an id'),
        ),
    })
  }
  return lists
}

function sessionList(resolver: DeadLetterResolver, outcomes: Outcomes): SweptList {
  const { work } = resolver
  const { list } = checkoutSessionList
  return {
    name: list,
    types: [],
    fetch: (query) => work.lists.listObjects(list, query),
    take: (page) =>
      ingestAll(resolver, page, outcomes, list, async (session) => {
        const fact = await readListed(session, checkoutSessionList, 'sweep', work.ingest)
        return fact === undefined ? 'not_counted' : recordListed(work.ingest, fact)
      }),
  }
}

async function ingestAll(
  { work: { ingest }, resolve }: DeadLetterResolver,
  { objects }: StripePage,
  outcomes: Outcomes,
  type: string,
  ingestOne: (object: unknown) => Promise<Ingested>,
): Promise<void> {
  const taken = objects.map((object) =>
    orDeadLetter({ object, type, source: 'sweep', ingest }, () => ingestOne(object)),
  )
  for (const outcome of await Promise.all(taken)) outcomes[outcome ?? 'unreadable'] += 1
  await resolve(objects.map((object) => headOf(object).id))
}
