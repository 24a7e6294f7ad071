import type { Kysely } from 'kysely'
import type { Schema } from '../database/schema.ts'
import { readHealth } from '../health/read-health.ts'
import { countRefusedWebhooks } from '../stripe/sync/refused-webhooks.ts'
import type { SyncState } from '../stripe/sync/sync-state.ts'
import type { AlertReadings } from './condition.ts'
import { paymentsMin, silenceMs } from './webhook-conditions.ts'

export interface ReadingsOptions {
  readonly queries: Kysely<Schema>
  readonly syncState: Pick<SyncState, 'read'>
  readonly canExpose: () => boolean
  /** How many webhooks this process answered 5xx since it started; what was refused is in the ledger. */
  readonly countNotRecorded: () => number
}

/** What the conditions look at, but for what only a series of looks shows: `totalRejected` is since the beginning. */
export interface CurrentReadings extends Omit<AlertReadings, 'rejectedCount'> {
  readonly totalRejected: number
}

/** Reads it from the ledger, so that it is the same whichever process is the leader. `now` is by the ledger's clock. */
export async function readReadings(
  { queries, syncState, canExpose, countNotRecorded }: ReadingsOptions,
  now: number,
): Promise<CurrentReadings> {
  const [health, refused, recentPaymentCount] = await Promise.all([
    readHealth(queries, syncState),
    countRefusedWebhooks(queries),
    countRecentPayments(queries, now - silenceMs),
  ])
  return {
    health,
    canExpose: canExpose(),
    totalRejected: refused + countNotRecorded(),
    recentPaymentCount,
    now,
  }
}

/** At most `paymentsMin`, however many there are. */
async function countRecentPayments(queries: Kysely<Schema>, since: number): Promise<number> {
  const rows = await queries
    .selectFrom('facts')
    .select('key')
    .where('counter', '=', 'billing_payments_total')
    .where('label', 'in', ['success', 'failed', 'refunded'])
    .where('recorded_at', '>', since)
    .limit(paymentsMin)
    .execute()
  return rows.length
}
