import { type Kysely, sql } from 'kysely'

/** Keys are looked up and never scanned in order, so the facts live in their key's own tree. */
export const opening = {
  up: async (database: Kysely<unknown>): Promise<void> => {
    for (const statement of statements) await sql.raw(statement).execute(database)
  },
}

const statements = [
  `create table facts (
    key text primary key check (length(key) between 1 and 255),
    counter text not null,
    label text not null,
    occurred_at integer not null,
    recorded_at integer not null,
    source text not null,
    evidence text not null,
    amount_minor integer check (amount_minor >= 0),
    currency text
  ) strict, without rowid`,
  `create table totals (
    counter text not null,
    label text not null,
    stripe integer not null,
    total integer not null check (total >= 0),
    primary key (counter, label, stripe)
  ) strict, without rowid`,
  `create table hourly (
    counter text not null,
    label text not null,
    currency text not null,
    hour integer not null,
    count integer not null,
    amount_minor integer not null,
    primary key (hour, counter, label, currency)
  ) strict, without rowid`,
  `create table ledger (
    id integer primary key check (id = 1),
    ledger_id text not null,
    series integer not null,
    series_began_at integer not null,
    genesis integer not null,
    population text not null,
    account text
  ) strict`,
  `create table unreadable_events (
    id text primary key,
    type text not null,
    reason text not null,
    received_at integer not null
  ) strict`,
  `create table campaigns (
    id text primary key,
    name text not null,
    messages text not null,
    cron text not null,
    time_zone text not null,
    channel text not null,
    slots_through integer not null,
    next_slot_at integer,
    messages_used integer not null default 0,
    created_at integer not null,
    updated_at integer not null
  ) strict`,
  'create index campaigns_next on campaigns (next_slot_at)',
  'create index campaigns_history on campaigns (created_at, id)',
  `create table posts (
    id text not null unique,
    campaign_id text not null,
    slot_key text not null,
    scheduled_at integer not null,
    state text not null check (state in ('due', 'sending', 'sent', 'failed', 'unknown', 'missed')),
    message text,
    channel text not null,
    attempts integer not null default 0,
    not_before integer not null,
    deadline integer,
    may_have_arrived integer not null default 0,
    receipt text,
    reason text,
    created_at integer not null,
    settled_at integer,
    primary key (campaign_id, slot_key)
  ) strict`,
  'create index posts_state on posts (state, not_before)',
  'create index posts_history on posts (campaign_id, scheduled_at, id)',
]
