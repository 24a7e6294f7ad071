import { type Kysely, sql } from 'kysely'
import type { Engine } from '../engine.ts'

/** Keys are looked up and never scanned in order, so on SQLite the facts are stored in their key's B-tree. */
export function opening(engine: Engine) {
  return {
    up: async (database: Kysely<unknown>): Promise<void> => {
      for (const statement of statementsFor(engine)) await sql.raw(statement).execute(database)
    },
  }
}

const dialects = {
  sqlite: { integer: 'integer', table: 'strict', keyedTable: 'strict, without rowid' },
  postgres: { integer: 'bigint', table: '', keyedTable: '' },
} as const satisfies Record<Engine, object>

function statementsFor(engine: Engine): readonly string[] {
  return [...ledgerTables(engine), ...marketingTables(engine)]
}

function ledgerTables(engine: Engine): readonly string[] {
  const { integer, table, keyedTable } = dialects[engine]
  return [
    `create table facts (
    key text primary key check (length(key) between 1 and 255),
    counter text not null,
    label text not null,
    occurred_at ${integer} not null,
    recorded_at ${integer} not null,
    source text not null,
    evidence text not null,
    amount_minor ${integer} check (amount_minor >= 0),
    currency text
  ) ${keyedTable}`,
    `create table totals (
    counter text not null,
    label text not null,
    stripe ${integer} not null,
    total ${integer} not null check (total >= 0),
    primary key (counter, label, stripe)
  ) ${keyedTable}`,
    `create table hourly (
    counter text not null,
    label text not null,
    currency text not null,
    hour ${integer} not null,
    stripe ${integer} not null,
    count ${integer} not null,
    amount_minor ${integer} not null,
    primary key (hour, counter, label, currency, stripe)
  ) ${keyedTable}`,
    `create table ledger (
    id ${integer} primary key check (id = 1),
    ledger_id text not null,
    series ${integer} not null,
    series_began_at ${integer} not null,
    genesis ${integer} not null,
    population text not null,
    account text,
    voice_token text,
    voice_until ${integer} not null default 0
  ) ${table}`,
    `create index facts_by_series on facts (counter, label, recorded_at, key)`,
    `create table rounds (
    name text primary key,
    position ${integer},
    succeeded_at ${integer},
    report text
  ) ${table}`,
    `create table unreadable_events (
    id text primary key,
    type text not null,
    reason text not null,
    received_at ${integer} not null
  ) ${table}`,
  ]
}

function marketingTables(engine: Engine): readonly string[] {
  const { integer, table } = dialects[engine]
  return [
    `create table campaigns (
    id text primary key,
    name text not null,
    messages text not null,
    cron text not null,
    time_zone text not null,
    channel text not null,
    slots_through ${integer} not null,
    next_slot_at ${integer},
    messages_used ${integer} not null default 0,
    paused ${integer} not null default 0,
    revision ${integer} not null default 0,
    created_at ${integer} not null,
    updated_at ${integer} not null,
    deleted_at ${integer}
  ) ${table}`,
    'create index campaigns_next on campaigns (next_slot_at)',
    'create index campaigns_history on campaigns (created_at, id)',
    `create table posts (
    id text not null unique,
    campaign_id text not null,
    slot_key text not null,
    scheduled_at ${integer} not null,
    state text not null check (state in ('due', 'sending', 'sent', 'failed', 'unknown', 'missed')),
    message text,
    text text,
    channel text not null,
    attempts ${integer} not null default 0,
    not_before ${integer} not null,
    deadline ${integer},
    may_have_arrived ${integer} not null default 0,
    receipt text,
    reason text,
    created_at ${integer} not null,
    settled_at ${integer},
    primary key (campaign_id, slot_key)
  ) ${table}`,
    `create table channels (
    name text primary key,
    not_before ${integer} not null,
    busy_until ${integer} not null,
    busy_with text not null
  ) ${table}`,
    'create index posts_state on posts (state, not_before)',
    'create index posts_history on posts (campaign_id, scheduled_at, id)',
  ]
}
