import type { Kysely } from 'kysely'
import { counters } from '../../../instrumentation/counters.ts'
import type { Schema } from '../../database/schema.ts'
import { type Total, toCounterName } from '../fact.ts'

/** The committed totals, summed over their shards. */
export async function readTotals(queries: Kysely<Schema>): Promise<readonly Total[]> {
  const rows = await queries
    .selectFrom('totals')
    .select((select) => ['counter', 'label', select.fn.sum<number>('total').as('total')])
    .groupBy(['counter', 'label'])
    .execute()
  return rows.map(({ counter, label, total }) => ({
    counter: toCounterName(counter),
    label,
    total: Number(total),
  }))
}

/** The plans that have a total, including those no longer for sale. */
export function plansOf(totals: readonly Total[]): readonly string[] {
  return totals
    .filter(({ counter }) => counters[counter].values === 'plans')
    .map(({ label }) => label)
}
