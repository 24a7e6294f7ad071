import { type RawBuilder, sql } from 'kysely'

/**
 * A common table expression's body that makes a statement wait for the synchronous standbys, if there are any,
 * although it changes nothing: for answers about rows that stand already. A commit whose wait was cancelled, or
 * that a crash cut short, is seen by everybody and may still be lost in a failover; a lock is logged after it.
 */
export function confirmReplicated(when: RawBuilder<boolean>): RawBuilder<unknown> {
  return sql`select id from ledger where id = 1 and ${when}
    and coalesce(current_setting('synchronous_standby_names', true), '') <> ''
    for key share`
}
