import { type Kysely, sql } from 'kysely'
import type { Schema } from '../../database/schema.ts'
import type { Ledger } from '../record/ledger.ts'
import type { ReadInTurn } from './one-at-a-time.ts'
import { readSlices, sliceMsMax } from './slices.ts'

/** The number of facts of a series and currency within an interval, and the sum of their amounts. */
export interface IntervalSum {
  readonly counter: string
  readonly label: string
  /** Empty if the facts have no amount. */
  readonly currency: string
  /** When the interval begins, in milliseconds. */
  readonly start: number
  readonly count: number
  readonly amount_minor: number
}

/**
 * The sums of every interval with facts, from `from` (inclusive) to `before` (exclusive), oldest first. An interval is
 * a number of whole hours; `from` is the beginning of one.
 */
export type ReadIntervalSums = (
  from: number,
  before: number,
  intervalMs: number,
) => AsyncIterable<IntervalSum>

/** Limits the rows that one statement returns. */
const intervalsPerSliceMax = { sqlite: 60, postgres: 1_200 } as const

/** Adds up the hourly sums in the database, slice by slice. */
export function createReadIntervalSums(
  ledger: Pick<Ledger, 'engine' | 'queries'>,
  readInTurn: ReadInTurn,
): ReadIntervalSums {
  const { engine, queries } = ledger
  return async function* readIntervalSums(from, before, intervalMs) {
    const longest = Math.min(sliceMsMax[engine], intervalsPerSliceMax[engine] * intervalMs)
    const range = { from, before, sliceMs: Math.max(intervalMs, longest) }
    yield* readSlices(ledger, readInTurn, range, ({ start, end }) =>
      readSlice(queries, { from, start, end, intervalMs }),
    )
  }
}

interface Slice {
  readonly from: number
  readonly start: number
  readonly end: number
  readonly intervalMs: number
}

function readSlice(
  queries: Kysely<Schema>,
  { from, start, end, intervalMs }: Slice,
): Promise<readonly IntervalSum[]> {
  const interval = sql<number>`hour - (hour - ${from}) % ${intervalMs}`
  return queries
    .selectFrom('hourly')
    .select((select) => [
      'counter',
      'label',
      'currency',
      interval.as('start'),
      select.fn.sum<number>('count').as('count'),
      select.fn.sum<number>('amount_minor').as('amount_minor'),
    ])
    .where('hour', '>=', start)
    .where('hour', '<', end)
    .groupBy(['counter', 'label', 'currency', 'start'])
    .orderBy('start')
    .execute()
}
