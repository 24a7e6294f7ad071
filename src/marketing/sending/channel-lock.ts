import { type Kysely, sql } from 'kysely'
import type { LedgerTime } from '../../database/clock.ts'
import type { Schema } from '../../database/schema.ts'

export const lockMsMax = 5_000

/**
 * A channel is sent one post at a time across all replicas, so that a wait that it asks for is known before
 * the next post is sent. The lock is extended while its attempt is running, so that a replica that dies
 * holds it for at most `lockMsMax`.
 */
export interface ChannelLocks {
  /** Locks the channel for one attempt; false while another attempt is running or the channel asked to wait. */
  acquire(
    transaction: Kysely<Schema>,
    channel: string,
    attempt: string,
    lockMs: number,
  ): Promise<boolean>
  /** Assigns a lock acquired in this transaction to its attempt. */
  handOver(transaction: Kysely<Schema>, channel: string, attempt: string): Promise<void>
  /** Extends the lock of an attempt that still holds it. */
  keep(database: Kysely<Schema>, channel: string, attempt: string, lockMs: number): Promise<void>
  /** Releases the lock after an attempt and blocks the channel for `cooldownMs`. */
  release(
    database: Kysely<Schema>,
    channel: string,
    attempt: string,
    cooldownMs: number,
  ): Promise<void>
  /** Whether the channel asked to wait and the time is not over. */
  isCoolingDown(database: Kysely<Schema>, channel: string): Promise<boolean>
}

export function createChannelLocks(time: LedgerTime): ChannelLocks {
  return {
    acquire: (transaction, channel, attempt, lockMs) =>
      acquire(transaction, time, channel, attempt, lockMs),
    handOver: async (transaction, channel, attempt) => {
      await transaction
        .updateTable('channels')
        .set({ busy_with: attempt })
        .where('name', '=', channel)
        .execute()
    },
    keep: async (database, channel, attempt, lockMs) => {
      await database
        .updateTable('channels')
        .set({ busy_until: sql<number>`${time.now()} + ${lockMs}` })
        .where('name', '=', channel)
        .where('busy_with', '=', attempt)
        .where('busy_until', '>', 0)
        .execute()
    },
    release: (database, channel, attempt, cooldownMs) =>
      release(database, time, channel, attempt, cooldownMs),
    isCoolingDown: async (database, channel) => {
      const row = await database
        .selectFrom('channels')
        .select('name')
        .where('name', '=', channel)
        .where('not_before', '>', time.now())
        .executeTakeFirst()
      return row !== undefined
    },
  }
}

async function acquire(
  transaction: Kysely<Schema>,
  time: LedgerTime,
  channel: string,
  attempt: string,
  lockMs: number,
): Promise<boolean> {
  const busyUntil = sql<number>`${time.now()} + ${lockMs}`
  const row = await transaction
    .insertInto('channels')
    .values({ name: channel, not_before: 0, busy_until: busyUntil, busy_with: attempt })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ busy_until: busyUntil, busy_with: attempt })
        .where('channels.not_before', '<=', time.now())
        .where('channels.busy_until', '<=', time.now()),
    )
    .returning('name')
    .executeTakeFirst()
  return row !== undefined
}

async function release(
  database: Kysely<Schema>,
  time: LedgerTime,
  channel: string,
  attempt: string,
  cooldownMs: number,
): Promise<void> {
  const coolUntil = sql<number>`${time.now()} + ${cooldownMs}`
  await database
    .updateTable('channels')
    .set({
      busy_until: sql`case when busy_with = ${attempt} then 0 else busy_until end`,
      ...(cooldownMs === 0
        ? {}
        : {
            not_before: sql`case when not_before > ${coolUntil} then not_before else ${coolUntil} end`,
          }),
    })
    .where('name', '=', channel)
    .execute()
}
