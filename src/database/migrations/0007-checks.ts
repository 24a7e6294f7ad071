import { type Kysely, sql } from 'kysely'
import type { Engine } from '../engine.ts'

/** Adds a number that is incremented to check that the ledger is writable and is still the same ledger. */
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
