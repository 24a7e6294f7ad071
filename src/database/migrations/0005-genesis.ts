import { type Kysely, sql } from 'kysely'
import type { Engine } from '../engine.ts'

/**
 * Makes the genesis nullable, since it is unknown until Stripe's time is, and adds the time of the first
 * start. Sync jobs store their progress. SQLite cannot drop a `not null`: there a nullable column takes
 * over the old one's value and name, which needs no new table. Existing ledgers keep their genesis and
 * never read `started_at`.
 */
export function genesis(engine: Engine) {
  return {
    up: async (database: Kysely<unknown>): Promise<void> => {
      for (const statement of statementsFor(engine)) await sql.raw(statement).execute(database)
    },
  }
}

function statementsFor(engine: Engine): readonly string[] {
  const integer = engine === 'sqlite' ? 'integer' : 'bigint'
  return [
    `alter table ledger add column started_at ${integer} not null default 0`,
    ...makeGenesisNullable[engine],
    'alter table sync_state add column progress text',
    `create table drift_candidates (
    key text primary key,
    fact text not null,
    noticed_at ${integer} not null
  ) ${engine === 'sqlite' ? 'strict' : ''}`,
  ]
}

const makeGenesisNullable: Readonly<Record<Engine, readonly string[]>> = {
  sqlite: [
    'alter table ledger add column nullable_genesis integer',
    'update ledger set nullable_genesis = genesis',
    'alter table ledger drop column genesis',
    'alter table ledger rename column nullable_genesis to genesis',
  ],
  postgres: ['alter table ledger alter column genesis drop not null'],
}
