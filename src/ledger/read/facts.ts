import type { Kysely } from 'kysely'
import type { FactRow, Schema } from '../../database/schema.ts'
import { AppError } from '../../errors.ts'
import { byName, mergeNewest, type Position, type Series } from './merge-newest.ts'
import type { ReadInTurn } from './one-at-a-time.ts'

/**
 * Which facts to read; a field that is left out filters nothing. Instants are in milliseconds: `…After` is inclusive,
 * `…Before` exclusive.
 */
export interface FactFilter {
  readonly key?: string | undefined
  readonly counter?: string | undefined
  readonly label?: string | undefined
  readonly source?: string | undefined
  readonly recordedAfter?: number | undefined
  readonly recordedBefore?: number | undefined
  readonly occurredAfter?: number | undefined
  readonly occurredBefore?: number | undefined
}

interface FactsPageRequest {
  readonly limit: number
  /** The key of the last fact examined; undefined for the first page. */
  readonly startingAfter?: string | undefined
}

/** Facts, newest recorded first. */
interface FactsPage {
  readonly facts: readonly FactRow[]
  /** Where the next page starts: its `startingAfter`. Null at the end. */
  readonly next: string | null
}

/** Rejects with `not_found` for an unknown `startingAfter`, with `overloaded` when too many reads wait. */
export type ReadFacts = (filter: FactFilter, page: FactsPageRequest) => Promise<FactsPage>

/** A statement with this many rows blocks the event loop for less than 2 ms (measured). */
const rowsPerStatementMax = 100
/** With a filter that no index supports, a page ends here even if it has fewer facts than its limit. */
const examinedMax = 5_000

/**
 * Pages of facts at a cost that does not grow with the ledger: every statement is a bounded range
 * of one series' index, and an unfiltered page merges the newest of each series.
 */
export function createReadFacts(queries: Kysely<Schema>, readInTurn: ReadInTurn): ReadFacts {
  const find = (key: string): Promise<FactRow | undefined> =>
    readInTurn(() =>
      queries.selectFrom('facts').selectAll().where('key', '=', key).executeTakeFirst(),
    )

  const findPosition = async (key: string): Promise<Position> => {
    const fact = await find(key)
    if (fact !== undefined) return fact
    throw new AppError(
      'not_found',
      `the ledger has no fact ${key}: cursor takes the next_cursor of a page`,
    )
  }

  const readSeries = async (filter: FactFilter): Promise<readonly Series[]> => {
    const { counter, label } = filter
    const rows = await readInTurn(() =>
      queries.selectFrom('totals').select(['counter', 'label']).distinct().execute(),
    )
    return rows
      .filter((row) => counter === undefined || row.counter === counter)
      .filter((row) => label === undefined || row.label === label)
      .toSorted(byName)
  }

  return async (filter, { limit, startingAfter }) => {
    if (filter.key !== undefined) {
      const fact = await find(filter.key)
      return { facts: fact !== undefined && isWanted(fact, filter) ? [fact] : [], next: null }
    }
    const rowsMax = Math.min(limit + 1, rowsPerStatementMax)
    const newest = mergeNewest({
      series: await readSeries(filter),
      position: startingAfter === undefined ? undefined : await findPosition(startingAfter),
      recordedBefore: filter.recordedBefore,
      readRows: (series, after, recordedBefore) => {
        const range = { recordedAfter: filter.recordedAfter, recordedBefore, after }
        return readInTurn(() => newestOf(queries, series, range).limit(rowsMax).execute())
      },
    })
    return takePage(newest, filter, limit)
  }
}

interface SeriesRange {
  readonly recordedAfter: number | undefined
  readonly recordedBefore: number | undefined
  /** The last fact already read. */
  readonly after: Position | undefined
}

/** A range of one series' index, newest first. */
function newestOf(
  queries: Kysely<Schema>,
  { counter, label }: Series,
  { recordedAfter, recordedBefore, after }: SeriesRange,
) {
  let query = queries
    .selectFrom('facts')
    .selectAll()
    .where('counter', '=', counter)
    .where('label', '=', label)
  if (recordedAfter !== undefined) query = query.where('recorded_at', '>=', recordedAfter)
  if (recordedBefore !== undefined) query = query.where('recorded_at', '<', recordedBefore)
  if (after !== undefined)
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('recorded_at', 'key'), '<', tuple(after.recorded_at, after.key)),
    )
  return query.orderBy('recorded_at', 'desc').orderBy('key', 'desc')
}

async function takePage(
  newest: AsyncIterable<FactRow>,
  filter: FactFilter,
  limit: number,
): Promise<FactsPage> {
  const facts: FactRow[] = []
  let examined = 0
  let last: string | null = null
  for await (const fact of newest) {
    if (facts.length === limit || examined === examinedMax) return { facts, next: last }
    if (isWanted(fact, filter)) facts.push(fact)
    examined += 1
    last = fact.key
  }
  return { facts, next: null }
}

function isWanted(fact: FactRow, filter: FactFilter): boolean {
  return (
    (filter.counter === undefined || fact.counter === filter.counter) &&
    (filter.label === undefined || fact.label === filter.label) &&
    (filter.source === undefined || fact.source === filter.source) &&
    isWithin(fact.recorded_at, filter.recordedAfter, filter.recordedBefore) &&
    isWithin(fact.occurred_at, filter.occurredAfter, filter.occurredBefore)
  )
}

function isWithin(instant: number, after: number | undefined, before: number | undefined): boolean {
  return (after === undefined || instant >= after) && (before === undefined || instant < before)
}
