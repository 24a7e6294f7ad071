import { type Kysely, sql } from 'kysely'
import type { LedgerTime } from '../../database/clock.ts'
import type { Schema } from '../../database/schema.ts'

export const lockMsMax = 5_000

/**
 * A channel takes one post at a time, whatever the number of replicas, so that what it asks for in
 * one answer is known before the next post leaves. A turn is kept up while its attempt is under way,
 * so that a replica that dies has the channel for no longer than `lockMsMax`.
 */
export function createChannelLocks(time: LedgerTime) {
  return {
    /** Goes on with the turn of an attempt, if it still is its turn. */
    keep: async (
      database: Kysely<Schema>,
      channel: string,
      attempt: string,
      lockMs: number,
    ): Promise<void> => {
      await database
        .updateTable('channels')
        .set({ busy_until: sql<number>`${time.now()} + ${lockMs}` })
        .where('name', '=', channel)
        .where('busy_with', '=', attempt)
        .where('busy_until', '>', 0)
        .execute()
    },

    /** Takes the channel for one attempt; false while another is under way or the channel is held. */
    take: async (
      transaction: Kysely<Schema>,
      channel: string,
      attempt: string,
      lockMs: number,
    ): Promise<boolean> => {
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
    },

    /** Gives the channel back after an attempt, and keeps everybody away for `cooldownMs`. */
    giveBack: async (
      database: Kysely<Schema>,
      channel: string,
      attempt: string,
      cooldownMs: number,
    ): Promise<void> => {
      const heldUntil = sql<number>`${time.now()} + ${cooldownMs}`
      await database
        .updateTable('channels')
        .set({
          busy_until: sql`case when busy_with = ${attempt} then 0 else busy_until end`,
          ...(cooldownMs === 0
            ? {}
            : {
                not_before: sql`case when not_before > ${heldUntil} then not_before else ${heldUntil} end`,
              }),
        })
        .where('name', '=', channel)
        .execute()
    },

    /** Whether the channel asked to be left alone beyond now. */
    isCoolingDown: async (database: Kysely<Schema>, channel: string): Promise<boolean> => {
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

export type ChannelLocks = ReturnType<typeof createChannelLocks>
