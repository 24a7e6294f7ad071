import { type Kysely, sql } from 'kysely'
import type { LedgerTime } from '../../database/clock.ts'
import type { Schema } from '../../database/schema.ts'

export const lockMsMax = 5_000

/**
 * A channel takes one post at a time, whatever the number of replicas, so that what it asks for in
 * one answer is known before the next post leaves. The lock is kept up while its attempt is under way,
 * so that a replica that dies has the channel for no longer than `lockMsMax`.
 */
export interface ChannelLocks {
  /** Locks the channel for one attempt; false while another is under way or the channel cools down. */
  acquire(
    transaction: Kysely<Schema>,
    channel: string,
    attempt: string,
    lockMs: number,
  ): Promise<boolean>
  /** Gives a lock that was acquired in this transaction to the attempt that it was acquired for. */
  handOver(transaction: Kysely<Schema>, channel: string, attempt: string): Promise<void>
  /** Prolongs the lock of an attempt, if it still has it. */
  keep(database: Kysely<Schema>, channel: string, attempt: string, lockMs: number): Promise<void>
  /** Releases the lock after an attempt, and keeps everybody away for `cooldownMs`. */
  release(
    database: Kysely<Schema>,
    channel: string,
    attempt: string,
    cooldownMs: number,
  ): Promise<void>
  /** Whether the channel asked to be left alone beyond now. */
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
