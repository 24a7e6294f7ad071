import type { Kysely } from 'kysely'
import type { FactRow, Schema } from '../../database/schema.ts'
import type { Series } from '../read/merge-newest.ts'
import type { ReadInTurn } from '../read/one-at-a-time.ts'
import { readTotals } from '../read/totals.ts'

/** Yields the facts recorded at `fromMs` or later in the order in which they were recorded. */
export type ReadFactsSince = (fromMs: number) => AsyncIterable<readonly FactRow[]>

/** A statement with this many rows blocks the event loop for less than 2 ms (measured). */
const rowsPerStatement = 100

interface Stream extends Series {
  /** The last fact yielded; undefined before the first. */
  last: FactRow | undefined
}

/**
 * Every statement is a bounded range of one series' index. A batch ends where the shortest of the ranges ends, so that
 * no later batch has an earlier fact, except one that is committed meanwhile.
 */
export function createReadFactsSince(
  queries: Kysely<Schema>,
  readInTurn: ReadInTurn,
): ReadFactsSince {
  return async function* readSince(fromMs) {
    const streams: Stream[] = (await readInTurn(() => readTotals(queries))).map(
      ({ counter, label }) => ({ counter, label, last: undefined }),
    )
    for (let isAtEnd = false; !isAtEnd; ) {
      let through = Number.POSITIVE_INFINITY
      const found: FactRow[] = []
      for (const stream of streams) {
        const rows = await readInTurn(() => nextOf(queries, stream, fromMs))
        const last = rows.at(-1)
        if (rows.length === rowsPerStatement && last !== undefined)
          through = Math.min(through, last.recorded_at)
        found.push(...rows)
      }
      isAtEnd = through === Number.POSITIVE_INFINITY
      const batch = found.filter((row) => row.recorded_at <= through)
      for (const stream of streams) stream.last = batch.findLast(isOf(stream)) ?? stream.last
      if (batch.length > 0)
        yield batch.toSorted((one, other) => one.recorded_at - other.recorded_at)
    }
  }
}

function isOf({ counter, label }: Series) {
  return (row: FactRow): boolean => row.counter === counter && row.label === label
}

function nextOf(queries: Kysely<Schema>, { counter, label, last }: Stream, fromMs: number) {
  let query = queries
    .selectFrom('facts')
    .selectAll()
    .where('counter', '=', counter)
    .where('label', '=', label)
    .where('recorded_at', '>=', last?.recorded_at ?? fromMs)
  if (last !== undefined)
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('recorded_at', 'key'), '>', tuple(last.recorded_at, last.key)),
    )
  return query.orderBy('recorded_at').orderBy('key').limit(rowsPerStatement).execute()
}
