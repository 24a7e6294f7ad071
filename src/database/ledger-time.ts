import type { RawBuilder } from 'kysely'
import { createClock, readDatabaseTime } from './clock.ts'
import type { LedgerDatabase } from './open.ts'

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
