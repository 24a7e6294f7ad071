import type { Ledger } from '../record/ledger.ts'
import type { ReadInTurn } from './one-at-a-time.ts'
import { readSlices } from './slices.ts'

const dayMs = 86_400_000

/**
 * How much one statement counts. Without amounts and intervals, SQLite adds up the 5,000 rows of seven series in 30
 * days within 3 ms (measured).
 */
const sliceMs = { sqlite: 30 * dayMs, postgres: 1_200 * dayMs } as const

/** The number of facts of each series according to the hourly sums, by "counter label". */
export async function countFacts(
  ledger: Pick<Ledger, 'engine' | 'queries'>,
  readInTurn: ReadInTurn,
): Promise<ReadonlyMap<string, number>> {
  const { engine, queries } = ledger
  const range = { from: 0, before: Number.MAX_SAFE_INTEGER, sliceMs: sliceMs[engine] }
  const sums = readSlices(ledger, readInTurn, range, ({ start, end }) =>
    queries
      .selectFrom('hourly')
      .select((select) => ['counter', 'label', select.fn.sum<number>('count').as('count')])
      .where('hour', '>=', start)
      .where('hour', '<', end)
      .groupBy(['counter', 'label'])
      .execute(),
  )
  const counts = new Map<string, number>()
  for await (const { counter, label, count } of sums) {
    const key = `${counter} ${label}`
    counts.set(key, (counts.get(key) ?? 0) + Number(count))
  }
  return counts
}
