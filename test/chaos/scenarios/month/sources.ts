import { z } from 'zod'
import { factsOf } from '../../../support/emulator-controls.ts'
import { fetchOnce } from '../../../support/fetch-once.ts'
import { withoutInstance } from '../../../support/read-series.ts'
import type { LedgerPlace } from '../../harness/ledger-place.ts'
import type { Fleet } from '../../harness/rolling.ts'
import type { ChaosRun } from '../../harness/scenario.ts'
import { business, type ScrapingPrometheus } from '../../harness/scraping.ts'
import type { TestBed } from '../../harness/test-bed.ts'
import type { DatabaseNodes } from './database-nodes.ts'
import { exportMonth } from './export-month.ts'

/** The installation: its parts, and where its ledger is now. */
export interface Month {
  readonly chaos: ChaosRun
  readonly bed: TestBed
  readonly prometheus: ScrapingPrometheus
  readonly fleet: Fleet & { environment: Readonly<Record<string, string>> }
  readonly nodes: DatabaseNodes
  place: LedgerPlace
  campaignId: string
}

type Integers = ReadonlyMap<string, number>

const totalsSchema = z.object({
  data: z.array(
    z.object({ counter: z.string(), label: z.string(), facts: z.int(), committed: z.int() }),
  ),
})

const series = [
  'marketing_posts_total',
  ...['starter', 'professional', 'enterprise'].map(
    (plan) => `billing_checkout_started_total{plan="${plan}"}`,
  ),
  ...['success', 'failed', 'refunded'].map(
    (status) => `billing_payments_total{status="${status}"}`,
  ),
]

/** Who keeps the numbers, and how each is asked. */
const readers = {
  Prometheus: async ({ prometheus }) => withoutInstance(await prometheus.query(business)),
  '/v1/totals': (month) => readTotals(month, 'committed'),
  'its facts': (month) => readTotals(month, 'facts'),
  'ledger rows': async ({ place }) =>
    count((await place.readBooks()).facts.map((fact) => fact.series)),
  'Stripe and channel': readTruth,
  export: async (month) =>
    count((await exportMonth(month, 'csv')).map(({ counter, label }) => seriesOf(counter, label))),
} satisfies Readonly<Record<string, (month: Month) => Promise<Integers>>>

export type SourceName = keyof typeof readers

/** The integers of every source, one after the other. */
export async function readSources(month: Month): Promise<Readonly<Record<SourceName, Integers>>> {
  return {
    Prometheus: await readers.Prometheus(month),
    '/v1/totals': await readers['/v1/totals'](month),
    'its facts': await readers['its facts'](month),
    'ledger rows': await readers['ledger rows'](month),
    'Stripe and channel': await readers['Stripe and channel'](month),
    export: await readers.export(month),
  }
}

/** One line for each series whose sources differ. */
export function tellApart(sources: Readonly<Record<SourceName, Integers>>): readonly string[] {
  return series.flatMap((name) => {
    const held = Object.entries(sources).map(
      ([source, integers]) => [source, integers.get(name) ?? 0] as const,
    )
    if (new Set(held.map(([, value]) => value)).size === 1) return []
    return [`${name}: ${held.map(([source, value]) => `${source} ${value}`).join(', ')}`]
  })
}

/** The integers of one source for a table. */
export function describeIntegers(sources: Readonly<Record<SourceName, Integers>>): string {
  const [posts, ...rest] = series.map((name) => sources.Prometheus.get(name) ?? 0)
  const sum = Object.values(sources).filter((integers) =>
    series.every((name) => integers.get(name) === sources.Prometheus.get(name)),
  ).length
  return `posts ${posts}; checkouts ${rest.slice(0, 3).join(' + ')}; success ${rest[3]}, failed ${rest[4]}, refunded ${rest[5]} (${sum} of ${Object.keys(sources).length} sources)`
}

async function readTotals({ bed }: Month, column: 'facts' | 'committed'): Promise<Integers> {
  const answer = await fetchOnce(`${bed.balancer.url}/v1/totals`, {
    headers: { authorization: `Bearer ${bed.apiKey}` },
  })
  const { data } = totalsSchema.parse(await answer.json())
  return new Map(data.map((row) => [seriesOf(row.counter, row.label), row[column]]))
}

/** What Stripe and the channel wrote down themselves. */
async function readTruth({ bed, place }: Month): Promise<Integers> {
  const { genesisSeconds } = await place.readBooks()
  const facts = factsOf(await bed.stripe.truth(genesisSeconds))
  return new Map([...count([...facts.values()]), ['marketing_posts_total', bed.channel.taken.size]])
}

function seriesOf(counter: string, label: string): string {
  const name = series.find((one) => one.startsWith(counter) && one.includes(`"${label}"`))
  return label === '' ? counter : (name ?? `${counter} ${label}`)
}

function count(names: readonly string[]): Integers {
  const counts = new Map(series.map((name) => [name, 0]))
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}
