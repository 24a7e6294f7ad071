import { type Kysely, sql } from 'kysely'

/** Renames tables, columns and stored values to the terms of the design's vocabulary. */
export const vocabulary = {
  up: async (database: Kysely<unknown>): Promise<void> => {
    for (const statement of statements) await sql.raw(statement).execute(database)
  },
}

const statements: readonly string[] = [
  'alter table totals rename column stripe to shard',
  'alter table hourly rename column stripe to shard',
  'alter table ledger rename column series to generation',
  'alter table ledger rename column series_began_at to generation_began_at',
  'alter table ledger rename column ended_series to ended_generation',
  'alter table ledger rename column population to mode',
  'alter table ledger rename column voice_token to lease_token',
  'alter table ledger rename column voice_until to lease_until',
  'alter table ledger rename column silenced_at to replica_seen_at',
  `update ledger set mode = 'emulator' where mode = 'sandbox'`,
  'alter table posts rename column settled_at to finished_at',
  'alter table rounds rename to sync_state',
  `update sync_state set report = replace(report, '"extras":', '"orphans":') where name = 'reconcile'`,
  'alter table unreadable_events rename to dead_letters',
]
