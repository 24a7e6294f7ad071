import type { Kysely } from 'kysely'
import type { Schema } from '../../database/schema.ts'
import type { ReadInTurn } from './one-at-a-time.ts'

/** The number of facts of a series and currency within an hour, and the sum of their amounts. */
export interface HourSum {
  readonly counter: string
  readonly label: string
  /** Empty if the facts have no amount. */
  readonly currency: string
  /** When the hour begins, in milliseconds. */
  readonly hour: number
  readonly count: number
  readonly amount_minor: number
}

/** The hourly sums in the ledger from `from` (inclusive) to `before` (exclusive). */
export type ReadHours = (from: number, before: number) => AsyncIterable<HourSum>

const rowsPerStatementMax = 250

/**
 * Reads hourly sums, added up over the shards, in bounded pages in primary key order, so that no
 * statement blocks the event loop whatever the range.
 */
export function createReadHours(queries: Kysely<Schema>, readInTurn: ReadInTurn): ReadHours {
  return async function* readHours(from, before) {
    let after: HourSum | undefined
    for (;;) {
      const rows = await readInTurn(() => readSome(queries, from, before, after))
      yield* rows
      if (rows.length < rowsPerStatementMax) return
      after = rows.at(-1)
    }
  }
}

async function readSome(
  queries: Kysely<Schema>,
  from: number,
  before: number,
  after: HourSum | undefined,
): Promise<readonly HourSum[]> {
  let query = queries
    .selectFrom('hourly')
    .select((select) => [
      'hour',
      'counter',
      'label',
      'currency',
      select.fn.sum<number>('count').as('count'),
      select.fn.sum<number>('amount_minor').as('amount_minor'),
    ])
    .where('hour', '>=', after?.hour ?? from)
    .where('hour', '<', before)
  if (after !== undefined)
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('hour', 'counter', 'label', 'currency'),
        '>',
        tuple(after.hour, after.counter, after.label, after.currency),
      ),
    )
  return query
    .groupBy(['hour', 'counter', 'label', 'currency'])
    .orderBy('hour')
    .orderBy('counter')
    .orderBy('label')
    .orderBy('currency')
    .limit(rowsPerStatementMax)
    .execute()
}
