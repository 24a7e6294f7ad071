import type { Kysely } from 'kysely'
import type { Schema } from '../database/schema.ts'
import { countOpen } from '../ledger/dead-letters.ts'
import { readReconcileReport } from '../stripe/sync/reconcile-report.ts'
import type { SyncJobState, SyncState } from '../stripe/sync/sync-state.ts'

/** How far behind the counters may be, and why. Instants in milliseconds, null if it never happened. */
export interface Health {
  readonly sweptAt: number | null
  /** When the last reconcile read every list. */
  readonly reconciledAt: number | null
  /** Facts that the last reconcile found missing. */
  readonly driftCount: number
  /** Posts with an unknown outcome. */
  readonly unknownPostCount: number
  /** Open dead letters: events and objects that could not be processed. */
  readonly deadLetterCount: number
  readonly webhookAcceptedAt: number | null
}

/** Reads it from the ledger, so that all replicas report the same. */
export async function readHealth(
  queries: Kysely<Schema>,
  syncState: Pick<SyncState, 'read'>,
): Promise<Health> {
  const [swept, reconciled, webhook, posts, deadLetterCount] = await Promise.all([
    syncState.read('sweep'),
    syncState.read('reconcile'),
    syncState.read('webhook'),
    queries
      .selectFrom('posts')
      .select((select) => select.fn.countAll<number>().as('count'))
      .where('state', '=', 'unknown')
      .executeTakeFirstOrThrow(),
    countOpen(queries),
  ])
  return {
    sweptAt: swept?.succeededAt ?? null,
    reconciledAt: allReadAt(reconciled),
    driftCount: readReconcileReport(reconciled)?.drift.count ?? 0,
    unknownPostCount: Number(posts.count),
    deadLetterCount,
    webhookAcceptedAt: webhook?.succeededAt ?? null,
  }
}

/** A list that the key may not read is as old as the last reconcile that could read it. */
function allReadAt(reconciled: SyncJobState | undefined): number | null {
  const at = reconciled?.succeededAt ?? null
  const refused = Object.values(readReconcileReport(reconciled)?.refused ?? {})
  return at === null ? null : Math.min(at, ...refused.map(({ refusedSince }) => refusedSince))
}
