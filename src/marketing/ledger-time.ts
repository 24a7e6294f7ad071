import { type RawBuilder, sql } from 'kysely'
import type { Engine } from '../database/engine.ts'
import type { LedgerDatabase } from '../database/open.ts'

/**
 * The one clock that slots, claims and waits go by, in milliseconds: the database's where replicas
 * share one, so that none of them can be ahead of the others.
 */
export interface LedgerTime {
  read(): Promise<number>
  /** The same at the moment at which a statement runs. */
  now(): RawBuilder<number>
}

const databaseNow = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`

/** `processNow` is used on SQLite, where this process is the only one. */
export const createLedgerTime = (
  { engine, queries }: Pick<LedgerDatabase, 'engine' | 'queries'>,
  processNow: () => number,
): LedgerTime => {
  const times = {
    sqlite: { read: async () => processNow(), now: () => sql<number>`${processNow()}` },
    postgres: {
      read: async () => {
        const { rows } = await sql<{ now: number }>`select ${databaseNow} as now`.execute(queries)
        const [row] = rows
        if (row === undefined) throw new RangeError('the database did not say what time it is')
        return row.now
      },
      now: () => databaseNow,
    },
  } as const satisfies Record<Engine, LedgerTime>
  return times[engine]
}
