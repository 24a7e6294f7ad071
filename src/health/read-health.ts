import type { Kysely } from 'kysely'
import type { Schema } from '../database/schema.ts'
import { readReconcileReport } from '../stripe/sync/reconcile-report.ts'
import type { SyncState } from '../stripe/sync/sync-state.ts'

/** How far behind the counters may be, and why. Instants in milliseconds, null before the first time. */
export interface Health {
  readonly sweptAt: number | null
  readonly reconciledAt: number | null
  /** Facts that the last reconcile found missing. */
  readonly driftCount: number
  /** Posts whose outcome nobody knows. */
  readonly unknownPostCount: number
  /** Verified webhooks that could not be read. */
  readonly deadLetterCount: number
  readonly webhookAcceptedAt: number | null
}

/** Reads it from the ledger, so that every replica says the same. */
export async function readHealth(
  queries: Kysely<Schema>,
  syncState: Pick<SyncState, 'read'>,
): Promise<Health> {
  const [swept, reconciled, webhook, posts, events] = await Promise.all([
    syncState.read('sweep'),
    syncState.read('reconcile'),
    syncState.read('webhook'),
    queries
      .selectFrom('posts')
      .select((select) => select.fn.countAll<number>().as('count'))
      .where('state', '=', 'unknown')
      .executeTakeFirstOrThrow(),
    queries
      .selectFrom('dead_letters')
      .select((select) => select.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow(),
  ])
  return {
    sweptAt: swept?.succeededAt ?? null,
    reconciledAt: reconciled?.succeededAt ?? null,
    driftCount: readReconcileReport(reconciled)?.drift.count ?? 0,
    unknownPostCount: Number(posts.count),
    deadLetterCount: Number(events.count),
    webhookAcceptedAt: webhook?.succeededAt ?? null,
  }
}
