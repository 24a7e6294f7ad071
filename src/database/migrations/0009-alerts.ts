import { type Kysely, sql } from 'kysely'
import type { Engine } from '../engine.ts'

/** Adds the state of the alerts that the service posts itself, and the one message that is on its way. */
export function alerts(engine: Engine) {
  const [integer, strict] = engine === 'sqlite' ? ['integer', 'strict'] : ['bigint', '']
  const statements = [
    `create table alerts (
    name text primary key,
    held_since ${integer},
    held_last ${integer},
    fired_at ${integer},
    over_at ${integer},
    detail text not null,
    told text not null check (told in ('nothing', 'firing', 'over')),
    samples text,
    revision ${integer} not null
  ) ${strict}`,
    `create table alert_outbox (
    id ${integer} primary key check (id = 1),
    message_id text,
    text text,
    notices text,
    composed_at ${integer},
    attempts ${integer} not null default 0,
    not_before ${integer} not null default 0,
    attempted_at ${integer} not null default 0,
    sent_at ${integer},
    reason text
  ) ${strict}`,
  ]
  return {
    up: async (database: Kysely<unknown>): Promise<void> => {
      for (const statement of statements) await sql.raw(statement).execute(database)
    },
  }
}
