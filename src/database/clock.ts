import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Engine } from './engine.ts'
import type { LedgerDatabase } from './open.ts'
import type { Schema } from './schema.ts'

/** The clock that all processes of a ledger share, read where a statement runs, in milliseconds. */
export type Clock = () => RawBuilder<number>

/** The database's clock at this very moment, in whole milliseconds. */
export const databaseNow = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`

/** `processNow` is used on SQLite, where this process is the only one. */
export function createClock(engine: Engine, processNow: () => number): Clock {
  return engine === 'postgres' ? () => databaseNow : () => sql<number>`${processNow()}`
}

/** The database's time, in whole milliseconds. */
export async function readDatabaseTime(queries: Kysely<Schema>): Promise<number> {
  const { rows } = await sql<{ now: number }>`select ${databaseNow} as now`.execute(queries)
  const [row] = rows
  if (row === undefined) throw new RangeError('the database did not say what time it is')
  return row.now
}

/**
 * The one clock that slots, claims and waits go by, in milliseconds: the database's where replicas
 * share one, so that none of them can be ahead of the others.
 */
export interface LedgerTime {
  read(): Promise<number>
  /** The same at the moment at which a statement runs. */
  now(): RawBuilder<number>
}

/** `processNow` is used on SQLite, where this process is the only one. */
export function createLedgerTime(
  { engine, queries }: Pick<LedgerDatabase, 'engine' | 'queries'>,
  processNow: () => number,
): LedgerTime {
  const read = engine === 'postgres' ? () => readDatabaseTime(queries) : async () => processNow()
  return { read, now: createClock(engine, processNow) }
}
