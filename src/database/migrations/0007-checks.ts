import { type Kysely, sql } from 'kysely'
import type { Engine } from '../engine.ts'

/** A number that is raised to find out whether the ledger can be written, and whether it is still this one. */
export function checks(engine: Engine) {
  return {
    up: async (database: Kysely<unknown>): Promise<void> => {
      const integer = engine === 'sqlite' ? 'integer' : 'bigint'
      await sql
        .raw(`alter table ledger add column checks ${integer} not null default 0`)
        .execute(database)
    },
  }
}
