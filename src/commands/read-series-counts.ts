import type { Kysely } from 'kysely'
import { type CounterName, seriesNameOf } from '../../instrumentation/counters.ts'
import type { Schema } from '../database/schema.ts'
import { toCounterName } from '../ledger/fact.ts'
import { readSeriesOfFacts, type SeriesOfFacts } from '../ledger/read/series.ts'

export interface SeriesCount {
  readonly counter: CounterName
  readonly label: string
  readonly facts: number
  readonly total: number
  /** The sum over all hours, which `/v1/totals` reports as the number of facts. */
  readonly hourly: number
}

/**
 * The number of facts, the committed total and the hourly sums of every series that any of the three has,
 * read at one instant for each series. Counts facts one by one, which takes a while.
 */
export async function readSeriesCounts(
  queries: Kysely<Schema>,
): Promise<ReadonlyMap<string, SeriesCount>> {
  const counts = new Map<string, SeriesCount>()
  const lists = [
    await readSeriesOfFacts(queries),
    await queries.selectFrom('totals').select(['counter', 'label']).distinct().execute(),
    await queries.selectFrom('hourly').select(['counter', 'label']).distinct().execute(),
  ]
  for (const { counter, label } of lists.flat()) {
    const series = { counter: toCounterName(counter), label }
    const name = seriesNameOf(series.counter, label)
    if (!counts.has(name)) counts.set(name, await countSeries(queries, series))
  }
  return counts
}

async function countSeries(
  queries: Kysely<Schema>,
  { counter, label }: SeriesOfFacts,
): Promise<SeriesCount> {
  const row = await queries
    .selectNoFrom(({ selectFrom }) => [
      selectFrom('facts')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('counter', '=', counter)
        .where('label', '=', label)
        .as('facts'),
      selectFrom('totals')
        .select(({ fn }) => fn.sum<number>('total').as('sum'))
        .where('counter', '=', counter)
        .where('label', '=', label)
        .as('total'),
      selectFrom('hourly')
        .select(({ fn }) => fn.sum<number>('count').as('sum'))
        .where('counter', '=', counter)
        .where('label', '=', label)
        .as('hourly'),
    ])
    .executeTakeFirstOrThrow()
  return {
    counter,
    label,
    facts: Number(row.facts ?? 0),
    total: Number(row.total ?? 0),
    hourly: Number(row.hourly ?? 0),
  }
}
