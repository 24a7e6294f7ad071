import { createRoute, type z } from '@hono/zod-openapi'
import type { AddRoutes } from '../../http/api.ts'
import { jsonContent, problemsOf, bearerSecurity as security, toIso } from '../../http/describe.ts'
import type { Exposition } from '../leader/exposition.ts'
import { compareTotals } from '../read/compare-totals.ts'
import { countFacts } from '../read/count-facts.ts'
import { createReadFacts, type FactFilter } from '../read/facts.ts'
import { createReadIntervalSums } from '../read/interval-sums.ts'
import { createOneAtATime } from '../read/one-at-a-time.ts'
import { readStats, type StatsRange } from '../read/stats.ts'
import { toStatsRange } from '../read/stats-range.ts'
import type { Ledger } from '../record/ledger.ts'
import { factsCsvRoute } from './csv-route.ts'
import {
  factsQuerySchema,
  factsSchema,
  showFact,
  showStats,
  statsQuerySchema,
  statsSchema,
  totalsSchema,
} from './schemas.ts'

export interface LedgerRoutesOptions {
  readonly ledger: Pick<Ledger, 'engine' | 'queries' | 'identity' | 'readTotals'>
  /** The exposition of the process that handles the request. */
  readonly exposition: Pick<Exposition, 'exposed' | 'isLeader'>
  readonly now: () => number
}

const tags = ['Ledger']

const factsRoute = createRoute({
  method: 'get',
  path: '/v1/facts',
  operationId: 'listFacts',
  tags,
  summary: 'List facts',
  description: 'The facts behind a number, most recently recorded first.',
  security,
  request: { query: factsQuerySchema },
  responses: { 200: jsonContent(factsSchema, 'A page.'), ...problemsOf(400, 404) },
})

const totalsRoute = createRoute({
  method: 'get',
  path: '/v1/totals',
  operationId: 'readTotals',
  tags,
  summary: 'Compare the counters',
  description:
    'Each series three times: the sum of its facts, its committed total, and the value that this process exposes.',
  security,
  responses: {
    200: jsonContent(totalsSchema, 'Every series, including zeros.'),
    ...problemsOf(),
  },
})

const statsRoute = createRoute({
  method: 'get',
  path: '/v1/stats',
  operationId: 'readStats',
  tags,
  summary: 'Count facts per hour or day',
  description: 'Counts and amounts by the time at which the facts occurred.',
  security,
  request: { query: statsQuerySchema },
  responses: { 200: jsonContent(statsSchema, 'The statistics.'), ...problemsOf(400) },
})

/** Routes that read the ledger, to explain where a number comes from. */
export function ledgerRoutes(options: LedgerRoutesOptions): AddRoutes {
  const { queries } = options.ledger
  const readInTurn = createOneAtATime()
  const readFacts = createReadFacts(queries, readInTurn)
  const readIntervalSums = createReadIntervalSums(options.ledger, readInTurn)

  return (api) => {
    factsCsvRoute(readFacts)(api)
    api.openapi(factsRoute, async (context) => {
      const { limit, cursor: startingAfter, ...query } = context.req.valid('query')
      const { facts, next } = await readFacts(toFilter(query), { limit, startingAfter })
      const page = { data: facts.map(showFact), has_more: next !== null, next_cursor: next }
      return context.json(page, 200)
    })
    api.openapi(totalsRoute, async (context) =>
      context.json(await answerTotals(options, () => countFacts(options.ledger, readInTurn)), 200),
    )
    api.openapi(statsRoute, async (context) => {
      const { interval, from, to, counter, label, currency } = context.req.valid('query')
      const range = toStatsRange(interval, { from, to }, options.now())
      const series = await readStats(readIntervalSums, range, { counter, label, currency })
      return context.json({ interval, ...showRange(range), data: series.map(showStats) }, 200)
    })
  }
}

type FactsQuery = Omit<z.output<typeof factsQuerySchema>, 'limit' | 'cursor'>

function toFilter(query: FactsQuery): FactFilter {
  return {
    key: query.key,
    counter: query.counter,
    label: query.label,
    source: query.source,
    recordedAfter: query.recorded_after,
    recordedBefore: query.recorded_before,
    occurredAfter: query.occurred_after,
    occurredBefore: query.occurred_before,
  }
}

async function answerTotals(
  { ledger: { queries, identity, readTotals }, exposition }: LedgerRoutesOptions,
  readFactCounts: () => Promise<ReadonlyMap<string, number>>,
) {
  const { account, genesis } = await queries
    .selectFrom('ledger')
    .select(['account', 'genesis'])
    .executeTakeFirstOrThrow()
  const facts = await readFactCounts()
  const committed = await readTotals()
  const isLeader = exposition.isLeader()
  return {
    ledger_id: identity.ledgerId,
    series_id: identity.seriesId,
    generation_began_at: toIso(identity.generationBeganAt),
    genesis: genesis === null ? null : toIso(genesis),
    mode: identity.mode,
    account,
    is_leader: isLeader,
    data: compareTotals({ facts, committed, shown: exposition.exposed(), isShown: isLeader }),
  }
}

function showRange({ from, to, intervalMs }: StatsRange) {
  const count = (to - from) / intervalMs
  const starts = Array.from({ length: count }, (_, index) => toIso(from + index * intervalMs))
  return { from: toIso(from), to: toIso(to), starts }
}
