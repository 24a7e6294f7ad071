import { expect, vi } from 'vitest'

/** Resolves once one session of the database that `query` asks waits for a lock of another one. */
export async function waitForLock(
  query: (statement: string) => Promise<readonly unknown[]>,
): Promise<void> {
  await vi.waitFor(
    async () => {
      const waiting = await query(
        "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      )
      expect(waiting).toHaveLength(1)
    },
    { timeout: 10_000 },
  )
}
