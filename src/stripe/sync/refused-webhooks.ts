import { type Kysely, sql } from 'kysely'
import type { Clock } from '../../database/clock.ts'
import type { Schema } from '../../database/schema.ts'
import { type RefusalReason, refusalReasons } from '../webhook/outcomes.ts'

export interface RefusedWebhooks {
  readonly reason: RefusalReason
  /** Since the ledger began. */
  readonly count: number
  /** The time of the last one, accurate to a few seconds, by the ledger's clock. */
  readonly lastAt: number
}

function rowName(reason: RefusalReason): string {
  return `webhook_refused:${reason}`
}

/** Adds refused webhooks to the counts in the ledger; resolves after the commit. */
export async function noteRefusedWebhooks(
  queries: Kysely<Schema>,
  clock: Clock,
  reason: RefusalReason,
  count: number,
): Promise<void> {
  await queries
    .insertInto('sync_state')
    .values({ name: rowName(reason), position: count, succeeded_at: clock(), report: null })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((update) => ({
        position: sql<number>`coalesce(sync_state.position, 0) + ${count}`,
        succeeded_at: update.ref('excluded.succeeded_at'),
      })),
    )
    .execute()
}

/** The refused webhooks by reason, the latest first. */
export async function readRefusedWebhooks(
  queries: Kysely<Schema>,
): Promise<readonly RefusedWebhooks[]> {
  const rows = await queries
    .selectFrom('sync_state')
    .select(['name', 'position', 'succeeded_at'])
    .where('name', 'in', refusalReasons.map(rowName))
    .execute()
  return refusalReasons
    .flatMap((reason) => {
      const row = rows.find(({ name }) => name === rowName(reason))
      return row === undefined
        ? []
        : [{ reason, count: row.position ?? 0, lastAt: row.succeeded_at ?? 0 }]
    })
    .toSorted((one, other) => other.lastAt - one.lastAt)
}

/** How many webhooks all replicas have refused since the ledger began. */
export async function countRefusedWebhooks(queries: Kysely<Schema>): Promise<number> {
  const refused = await readRefusedWebhooks(queries)
  return refused.reduce((sum, { count }) => sum + count, 0)
}
