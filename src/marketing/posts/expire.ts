import { type Kysely, sql } from 'kysely'
import type { LedgerTime } from '../../database/clock.ts'
import type { PostState } from '../../database/post-state.ts'
import type { PostRow, Schema } from '../../database/schema.ts'
import { isEnded, isLate, type PostWindow } from './deadlines.ts'

export type PostExpiry = ReturnType<typeof createPostExpiry>

export type ExpiredPost = Pick<PostRow, 'id' | 'campaign_id' | 'state' | 'reason'>

/** How posts that are no longer sent end. */
export function createPostExpiry(queries: Kysely<Schema>, time: LedgerTime, window: PostWindow) {
  return {
    /** Posts past their deadline, whose outcome is unknown. */
    expireSending: (): Promise<readonly ExpiredPost[]> =>
      queries
        .updateTable('posts')
        .set({
          state: 'unknown',
          reason: 'the attempt ended without an outcome: look at the channel',
          deadline: null,
          finished_at: time.now(),
        })
        .where('state', '=', 'sending')
        .where('deadline', '<', time.now())
        .returning(resolved)
        .execute(),

    /** Waiting posts whose time is over, or whose campaign ended while an attempt was under way. */
    expireWaiting: async (): Promise<readonly ExpiredPost[]> => [
      ...(await withdraw(queries, time, 'the campaign was paused or deleted')
        .where(isEnded)
        .returning(resolved)
        .execute()),
      ...(await withdraw(
        queries,
        time,
        'its channel was busy, put it off or is no longer configured',
      )
        .where(isLate(time, window))
        .returning(resolved)
        .execute()),
    ],

    /** Withdraws a campaign's waiting posts. */
    withdrawOf: async (
      transaction: Kysely<Schema>,
      campaignId: string,
      why: string,
    ): Promise<void> => {
      await withdraw(transaction, time, why).where('campaign_id', '=', campaignId).execute()
    },
  }
}

const resolved = ['id', 'campaign_id', 'state', 'reason'] as const

function withdraw(database: Kysely<Schema>, time: LedgerTime, why: string) {
  return database
    .updateTable('posts')
    .set({
      state: sql<PostState>`case when attempts = 0 then 'missed'
        when may_have_arrived = 1 then 'unknown' else 'failed' end`,
      reason: sql<string>`coalesce(reason || ', and it', 'it') || ' could not be sent in time: ' || ${why}`,
      finished_at: time.now(),
    })
    .where('state', '=', 'due')
}
