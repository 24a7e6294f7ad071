import { type RawBuilder, sql } from 'kysely'

/**
 * The body of a common table expression that makes a read wait for the synchronous standbys, if there are any. A
 * commit whose wait for them was cancelled or cut short by a crash is visible and may still be lost in a failover:
 * the row lock writes a log record after it, whose replication is waited for.
 */
export function confirmReplicated(when: RawBuilder<boolean>): RawBuilder<unknown> {
  return sql`select id from ledger where id = 1 and ${when}
    and coalesce(current_setting('synchronous_standby_names', true), '') <> ''
    for key share`
}
