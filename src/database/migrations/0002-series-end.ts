import { type Kysely, sql } from 'kysely'
import type { Engine } from '../engine.ts'

/** Records that a series had to end, and when a replica without the lease last read the ledger. */
export function seriesEnd(engine: Engine) {
  return {
    up: async (database: Kysely<unknown>): Promise<void> => {
      const integer = engine === 'sqlite' ? 'integer' : 'bigint'
      for (const column of [`ended_series ${integer}`, `silenced_at ${integer} not null default 0`])
        await sql.raw(`alter table ledger add column ${column}`).execute(database)
    },
  }
}
