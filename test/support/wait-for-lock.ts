import { type Kysely, sql } from 'kysely'
import { expect, vi } from 'vitest'

/** Resolves once one session of the database waits for another one's lock. */
export async function waitForLock<Tables>(queries: Kysely<Tables>): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rows } = await sql`select pid from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(queries)
      expect(rows).toHaveLength(1)
    },
    { timeout: 10_000 },
  )
}
