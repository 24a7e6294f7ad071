import type { Kysely } from 'kysely'
import type { Schema } from '../database/schema.ts'
import { seriesNameOf } from '../stripe/series-name.ts'

export interface SeriesCount {
  readonly facts: number
  readonly total: number
}

/** The number of facts beside the committed total of each series, both of one instant. */
export const readSeriesCounts = async (
  queries: Kysely<Schema>,
): Promise<ReadonlyMap<string, SeriesCount>> => {
  const rows = await queries
    .selectFrom('totals')
    .select((select) => [
      'totals.counter',
      'totals.label',
      select.fn.sum<number>('totals.total').as('total'),
      select
        .selectFrom('facts')
        .select((facts) => facts.fn.countAll<number>().as('count'))
        .whereRef('facts.counter', '=', 'totals.counter')
        .whereRef('facts.label', '=', 'totals.label')
        .as('facts'),
    ])
    .groupBy(['totals.counter', 'totals.label'])
    .orderBy('totals.counter')
    .orderBy('totals.label')
    .execute()
  return new Map(
    rows.map(({ counter, label, total, facts }) => [
      seriesNameOf(counter, label),
      { facts: Number(facts), total: Number(total) },
    ]),
  )
}
