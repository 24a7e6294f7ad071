import { type Kysely, sql } from 'kysely'
import type { Engine } from '../engine.ts'

/**
 * Records which events have claimed which charge, filled from existing facts of failed attempts, and adds
 * the columns to list, replay and dismiss dead letters.
 */
export function failedAttempts(engine: Engine) {
  return {
    up: async (database: Kysely<unknown>): Promise<void> => {
      for (const statement of statementsFor(engine)) await sql.raw(statement).execute(database)
      await fill(database)
    },
  }
}

function statementsFor(engine: Engine): readonly string[] {
  const [integer, keyedTable] =
    engine === 'sqlite' ? ['integer', 'strict, without rowid'] : ['bigint', '']
  return [
    `create table failed_attempts (
    event_id text primary key,
    payment_intent text,
    request_id text,
    created ${integer} not null,
    fact_key text not null,
    twin text not null unique
  ) ${keyedTable}`,
    `create table attempt_charges (
    charge_id text not null,
    named_as text not null check (named_as in ('error', 'latest')),
    event_id text not null,
    primary key (charge_id, named_as)
  ) ${keyedTable}`,
    `alter table dead_letters add column mode text not null default ''`,
    `alter table dead_letters add column source text not null default 'webhook'`,
    `alter table dead_letters add column dismissed_at ${integer}`,
    `update dead_letters set mode = coalesce((select mode from ledger), '')`,
    `update dead_letters set source = 'reconcile'
      where type in ('charges', 'refunds', 'checkout_sessions')`,
    'create index dead_letters_newest on dead_letters (received_at, id)',
  ]
}

interface Position {
  readonly recorded_at: number
  readonly key: string
}

/** A statement may take 5 s on PostgreSQL. */
const rowsPerStatement = 10_000

/** Only facts that an event proved; those proved by a list claim nothing. */
async function fill(database: Kysely<unknown>): Promise<void> {
  let after: Position = { recorded_at: -1, key: '' }
  for (;;) {
    const last = await findLast(database, after)
    if (last === undefined) return
    await fillBetween(database, after, last)
    after = last
  }
}

const failures = sql`counter = 'billing_payments_total' and label = 'failed'`

async function findLast(database: Kysely<unknown>, after: Position): Promise<Position | undefined> {
  const { rows } = await sql<Position>`
    select recorded_at, key from (
      select recorded_at, key from facts
      where ${failures} and (recorded_at, key) > (${after.recorded_at}, ${after.key})
      order by recorded_at, key limit ${rowsPerStatement}
    ) as page order by recorded_at desc, key desc limit 1`.execute(database)
  return rows[0]
}

/**
 * An event whose fact has a charge's key gets both slots: whether it named the charge as `error` was not
 * stored, and with both slots taken no later event can count that attempt again.
 */
async function fillBetween(
  database: Kysely<unknown>,
  after: Position,
  last: Position,
): Promise<void> {
  const events = sql`${failures} and evidence like 'evt%'
    and (recorded_at, key) > (${after.recorded_at}, ${after.key})
    and (recorded_at, key) <= (${last.recorded_at}, ${last.key})`
  await sql`
    insert into failed_attempts (event_id, created, fact_key, twin)
    select evidence, occurred_at / 1000, key, 'event ' || evidence from facts where ${events}
    on conflict do nothing`.execute(database)
  for (const slot of ['error', 'latest'])
    await sql`
      insert into attempt_charges (charge_id, named_as, event_id)
      select substr(key, ${keyPrefixLength + 1}), ${slot}, evidence from facts
      where ${events} and key not like 'payment:failed:evt%'
      on conflict do nothing`.execute(database)
}

const keyPrefixLength = 'payment:failed:'.length
