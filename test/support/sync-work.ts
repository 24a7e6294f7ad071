import Stripe from 'stripe'
import { createRecorder } from '../../instrumentation/business/recorder.ts'
import { createClock } from '../../src/database/clock.ts'
import { AppError } from '../../src/errors.ts'
import { createDeadLetters } from '../../src/ledger/dead-letters.ts'
import type { ListName, StripeLists, StripePage } from '../../src/stripe/client/lists.ts'
import { createUnlimitedPacing } from '../../src/stripe/client/pacing.ts'
import type { SyncContext } from '../../src/stripe/sync/sync-context.ts'
import { createSyncState } from '../../src/stripe/sync/sync-state.ts'
import { openIngest } from './ingest-context.ts'
import { genesis, openTestLedger } from './open-test-ledger.ts'

const dayMs = 86_400_000

/** A key that may not make the call, as Stripe answers it. */
export function withoutPermission(message: string): AppError {
  const cause = new Stripe.errors.StripePermissionError({
    type: 'invalid_request_error',
    message,
  })
  return new AppError('stripe_rejected', message, { cause })
}

/** What Stripe has. `fail` may name a failure for a call, such as `charges 0 after ch_1` or `event evt_1`. */
function createStripe(now: () => number) {
  const listed: Record<ListName | 'events', readonly unknown[]> = {
    charges: [],
    refunds: [],
    checkout_sessions: [],
    events: [],
  }
  const stripe = {
    listed,
    retrieved: new Map<string, unknown>(),
    perPage: 100,
    asked: [] as string[],
    /** Of the events that were listed last. */
    types: [] as string[],
    fail: (_call: string): unknown => undefined,
  }
  const ask = (call: string): void => {
    stripe.asked.push(call)
    const failure = stripe.fail(call)
    if (failure !== undefined) throw failure
  }
  const readPage = (
    list: ListName | 'events',
    query: Parameters<StripeLists['listObjects']>[1],
  ) => {
    const { createdFromSeconds, startingAfter } = query
    ask(
      `${list} ${createdFromSeconds}${startingAfter === undefined ? '' : ` after ${startingAfter}`}`,
    )
    const first = Number(startingAfter ?? 0)
    const end = first + stripe.perPage
    const hasMore = end < listed[list].length
    const page: StripePage = {
      objects: listed[list].slice(first, end),
      next: hasMore ? { startingAfter: String(end), createdToSeconds: undefined } : undefined,
      stripeNow: now(),
    }
    return page
  }
  const retrieve = async (call: string): Promise<unknown> => {
    ask(call)
    return stripe.retrieved.get(call)
  }
  const lists: StripeLists = {
    listEvents: async (types, query) => {
      stripe.types = [...types]
      return readPage('events', query)
    },
    listObjects: async (list, query) => readPage(list, query),
    retrieveObject: (kind, id) => retrieve(`${kind} ${id}`),
    retrieveEvent: (id) => retrieve(`event ${id}`),
    retrieveCharge: (id) => retrieve(`charge ${id}`),
    listRefundsOfCharge: async () => [],
  }
  return { stripe, lists }
}

/** What a sync job works with: a ledger of ten days, a Stripe that the test fills, and no time that passes. */
export async function openSyncWork() {
  const { ledger, database } = await openTestLedger('sqlite')
  const { queries } = database
  const clock = { now: genesis + 10 * dayMs }
  const now = () => clock.now
  const { stripe, lists } = createStripe(now)
  const letters = createDeadLetters({ queries, mode: 'test', now })
  const told: object[] = []
  const aborter = new AbortController()
  const { context } = openIngest({
    recorder: createRecorder({ record: ledger.record, plans: ['starter'] }),
    keepDeadLetter: async (letter) => void (await letters.keep(letter)),
  })
  const work: SyncContext = {
    ingest: context,
    lists,
    queries,
    syncState: createSyncState(queries, createClock('sqlite', now)),
    readGenesis: ledger.identity.genesis.require,
    stripeClock: { now, believes: () => true },
    now,
    log: {
      info: (fields: object) => void told.push({ info: fields }),
      warn: (fields: object) => void told.push({ warn: fields }),
    },
  }
  const pacing = createUnlimitedPacing(aborter.signal, async (waitMs) => {
    clock.now += waitMs
  })
  /** The open dead letters' ids with their reasons. */
  const open = async () => {
    const rows = await letters.list('open', 1_000, undefined)
    return Object.fromEntries(rows.map(({ id, reason }) => [id, reason]))
  }
  const keys = async () => {
    const rows = await queries.selectFrom('facts').select('key').orderBy('key').execute()
    return rows.map(({ key }) => key)
  }
  return { work, pacing, aborter, ledger, clock, stripe, told, letters, open, keys }
}
