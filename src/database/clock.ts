import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Engine } from './engine.ts'
import type { LedgerDatabase } from './open.ts'
import type { Schema } from './schema.ts'

/** The clock that all processes of a ledger share, read when a statement runs, in milliseconds. */
export type Clock = () => RawBuilder<number>

/** The database's current time, in whole milliseconds. */
export const databaseNow = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`

/** `processNow` is used on SQLite, where this process is the only one. */
export function createClock(engine: Engine, processNow: () => number): Clock {
  return engine === 'postgres' ? () => databaseNow : () => sql<number>`${processNow()}`
}

/** The database's time, in whole milliseconds. */
export async function readDatabaseTime(queries: Kysely<Schema>): Promise<number> {
  const { rows } = await sql<{ now: number }>`select ${databaseNow} as now`.execute(queries)
  const [row] = rows
  if (row === undefined) throw new RangeError('the database returned no time')
  return row.now
}

/**
 * The single clock for slots, claims and waits, in milliseconds: the database's if replicas share one, so
 * that no replica can be ahead of the others.
 */
export interface LedgerTime {
  read(): Promise<number>
  /** The same, read when a statement runs. */
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
