import { createRoute } from '@hono/zod-openapi'
import type { Kysely } from 'kysely'
import type { Schema } from '../../database/schema.ts'
import { type AddRoutes, jsonContent, problemsOf } from '../../http/api.ts'
import type { Total } from '../fact.ts'
import type { LedgerIdentity } from '../identity.ts'
import { compareTotals } from '../read/compare-totals.ts'
import { createReadFacts } from '../read/facts.ts'
import { createReadHours } from '../read/hours.ts'
import { createOneAtATime } from '../read/one-at-a-time.ts'
import { countFacts, readStats } from '../read/stats.ts'
import { toStatsRange } from '../read/stats-range.ts'
import {
  factsQuerySchema,
  factsSchema,
  showFact,
  showStats,
  statsQuerySchema,
  statsSchema,
  toIso,
  totalsSchema,
} from './schemas.ts'

export interface LedgerRoutesOptions {
  readonly queries: Kysely<Schema>
  readonly readTotals: () => Promise<readonly Total[]>
  /** What the answering process shows, with every label of the contract. */
  readonly exposed: () => readonly Total[]
  readonly identity: LedgerIdentity
  /** Whether the answering process is the leader. */
  readonly isLeader: () => boolean
  readonly now: () => number
}

const security = [{ bearer: [] }]

const factsRoute = createRoute({
  method: 'get',
  path: '/v1/facts',
  summary: 'The facts behind a number, newest recorded first',
  security,
  request: { query: factsQuerySchema },
  responses: { 200: jsonContent(factsSchema, 'A page.'), ...problemsOf(400, 401, 404, 503) },
})

const totalsRoute = createRoute({
  method: 'get',
  path: '/v1/totals',
  summary: 'The counters as the facts, the ledger and this process have them',
  security,
  responses: {
    200: jsonContent(totalsSchema, 'Every series, zeros too.'),
    ...problemsOf(401, 503),
  },
})

const statsRoute = createRoute({
  method: 'get',
  path: '/v1/stats',
  summary: 'Facts per hour or day, for plots',
  security,
  request: { query: statsQuerySchema },
  responses: { 200: jsonContent(statsSchema, 'A plot.'), ...problemsOf(400, 401, 503) },
})

/** What the ledger holds, for people who ask why a number is what it is. */
export function ledgerRoutes(options: LedgerRoutesOptions): AddRoutes {
  const { queries, readTotals, exposed, identity, isLeader, now } = options
  const readInTurn = createOneAtATime()
  const readFacts = createReadFacts(queries, readInTurn)
  const readHours = createReadHours(queries, readInTurn)

  return (api) => {
    api.openapi(factsRoute, async (context) => {
      const { limit, starting_after: startingAfter, ...query } = context.req.valid('query')
      const filter = {
        key: query.key,
        counter: query.counter,
        label: query.label,
        source: query.source,
        recordedAfter: query.recorded_after,
        recordedBefore: query.recorded_before,
        occurredAfter: query.occurred_after,
        occurredBefore: query.occurred_before,
      }
      const { facts, next } = await readFacts(filter, { limit, startingAfter })
      return context.json({ data: facts.map(showFact), next_starting_after: next }, 200)
    })

    api.openapi(totalsRoute, async (context) => {
      const { account } = await queries
        .selectFrom('ledger')
        .select('account')
        .executeTakeFirstOrThrow()
      const facts = await countFacts(readHours)
      const committed = await readTotals()
      return context.json(
        {
          ledger_id: identity.ledgerId,
          series_id: identity.seriesId,
          generation_began_at: toIso(identity.generationBeganAt),
          genesis: toIso(identity.genesis),
          mode: identity.mode,
          account,
          is_leader: isLeader(),
          data: compareTotals({ facts, committed, shown: exposed(), isShown: isLeader() }),
        },
        200,
      )
    })

    api.openapi(statsRoute, async (context) => {
      const { interval, from, to, counter, label, currency } = context.req.valid('query')
      const range = toStatsRange(interval, { from, to }, now())
      const series = await readStats(readHours, range, { counter, label, currency })
      const count = (range.to - range.from) / range.intervalMs
      const starts = Array.from({ length: count }, (_, index) =>
        toIso(range.from + index * range.intervalMs),
      )
      return context.json(
        {
          interval,
          from: toIso(range.from),
          to: toIso(range.to),
          starts,
          data: series.map(showStats),
        },
        200,
      )
    })
  }
}
