import type { Kysely } from 'kysely'
import type { CounterName } from '../../../instrumentation/counters.ts'
import type { Schema } from '../../database/schema.ts'
import { toCounterName } from '../fact.ts'

/** One counter and label. */
export interface SeriesOfFacts {
  readonly counter: CounterName
  readonly label: string
}

/** Every series that has a fact, read from the facts by one index lookup per series. */
export async function readSeriesOfFacts(
  queries: Kysely<Schema>,
): Promise<readonly SeriesOfFacts[]> {
  const found: SeriesOfFacts[] = []
  for (;;) {
    const last = found.at(-1)
    let query = queries.selectFrom('facts').select(['counter', 'label'])
    if (last !== undefined)
      query = query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('counter', 'label'), '>', tuple(last.counter, last.label)),
      )
    const next = await query.orderBy('counter').orderBy('label').limit(1).executeTakeFirst()
    if (next === undefined) return found
    found.push({ counter: toCounterName(next.counter), label: next.label })
  }
}
