import type { Kysely } from 'kysely'
import type { Schema } from '../../database/schema.ts'
import type { Ledger } from '../record/ledger.ts'
import type { ReadInTurn } from './one-at-a-time.ts'

const dayMs = 86_400_000

/**
 * How much one statement adds up. SQLite adds up the 2,500 rows of seven series in 15 days within 2 ms (measured), which
 * block the event loop; PostgreSQL does not block it.
 */
export const sliceMsMax = { sqlite: 15 * dayMs, postgres: 1_200 * dayMs } as const

interface SliceRange {
  /** Inclusive; slices begin at multiples of `sliceMs` from here. */
  readonly from: number
  /** Exclusive. */
  readonly before: number
  readonly sliceMs: number
}

/** Whole hours from `start` (inclusive) to `end` (exclusive). */
interface Slice {
  readonly start: number
  readonly end: number
}

/**
 * Reads the hourly sums slice by slice, so that no statement blocks the event loop for long whatever the range. Times
 * without facts are skipped.
 */
export async function* readSlices<Row>(
  { queries }: Pick<Ledger, 'queries'>,
  readInTurn: ReadInTurn,
  { from, before, sliceMs }: SliceRange,
  read: (slice: Slice) => Promise<readonly Row[]>,
): AsyncGenerator<Row, void> {
  let hour = await readInTurn(() => nextHour(queries, from, before))
  while (hour !== null) {
    const start = hour - ((hour - from) % sliceMs)
    const end = Math.min(start + sliceMs, before)
    const rows = await readInTurn(() => read({ start, end }))
    yield* rows
    hour = rows.length > 0 && end < before ? end : await nextHour(queries, end, before)
  }
}

/** The first hour with facts in the range; null if there is none. */
async function nextHour(
  queries: Kysely<Schema>,
  from: number,
  before: number,
): Promise<number | null> {
  const { hour } = await queries
    .selectFrom('hourly')
    .select((select) => select.fn.min('hour').as('hour'))
    .where('hour', '>=', from)
    .where('hour', '<', before)
    .executeTakeFirstOrThrow()
  return hour
}
