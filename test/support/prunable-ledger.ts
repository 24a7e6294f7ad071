import type { NewPostRow } from '../../src/database/schema.ts'
import type { SyncState } from '../../src/stripe/sync/sync-state.ts'
import { minuteMs, morning } from './marketing.ts'

export const dayMs = 86_400_000

/** How far the sync jobs have come; by default as they do while the service is running. */
export interface Synced {
  readonly position?: number | null
  readonly wideBeganAt?: number | null
  readonly since?: number
  readonly refusedSince?: number
}

/** Stores that the sweep and the reconcile have succeeded. */
export async function storeSync(
  syncState: SyncState,
  now: number,
  synced: Synced = {},
): Promise<void> {
  const { position = now - minuteMs, wideBeganAt = now - dayMs, since, refusedSince } = synced
  const drift = { count: 0, series: {}, keys: [] }
  const refused =
    refusedSince === undefined
      ? {}
      : { charges: { permission: 'Charges: Read', since: refusedSince, refusedSince } }
  const report = {
    beganAt: now - minuteMs,
    wideBeganAt,
    since: now - 36 * dayMs,
    isWide: true,
    listed: {},
    refused,
    drift,
    orphans: null,
    orphansBeganAt: wideBeganAt,
  }
  const progress = { ...report, since, notice: null, list: null, next: null, fault: null }
  await syncState.succeed('sweep', { position, report: '{}' })
  await syncState.succeed('reconcile', {
    position: null,
    report: JSON.stringify(report),
    ...(since === undefined ? {} : { progress: JSON.stringify(progress) }),
  })
}

/** A post whose slot was missed on the first morning of the tests. */
export function oldPost(
  campaignId: string,
  changes: Partial<NewPostRow> & { id: string },
): NewPostRow {
  return {
    campaign_id: campaignId,
    slot_key: changes.id,
    scheduled_at: morning,
    state: 'missed',
    channel: 'console',
    not_before: morning,
    created_at: morning,
    finished_at: morning,
    ...changes,
  }
}
