import { type Kysely, sql } from 'kysely'
import type { Engine } from '../engine.ts'

/** The terms on which a checkout was started, by the caller's Idempotency-Key. */
export function checkoutTerms(engine: Engine) {
  return {
    up: async (database: Kysely<unknown>): Promise<void> => {
      const integer = engine === 'sqlite' ? 'integer' : 'bigint'
      const table = engine === 'sqlite' ? 'strict, without rowid' : ''
      for (const statement of [
        `create table checkout_terms (
          key text primary key,
          attempt ${integer} not null,
          terms text not null,
          created_at ${integer} not null
        ) ${table}`,
        'create index checkout_terms_age on checkout_terms (created_at)',
      ])
        await sql.raw(statement).execute(database)
    },
  }
}
