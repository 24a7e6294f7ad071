import { type Kysely, sql } from 'kysely'
import type { PostRow, PostState, Schema } from '../database/schema.ts'
import type { PostChange } from './after-send.ts'

export type PostClaims = ReturnType<typeof createPostClaims>

/** How a post changes its state. Every change is conditional: whoever comes second changes nothing. */
export const createPostClaims = (queries: Kysely<Schema>) => ({
  /** How many posts of each channel may be sent now. */
  countDue: async (now: number): Promise<ReadonlyMap<string, number>> => {
    const rows = await queries
      .selectFrom('posts')
      .select((select) => ['channel', select.fn.countAll<number>().as('count')])
      .where('state', '=', 'due')
      .where('not_before', '<=', now)
      .groupBy('channel')
      .execute()
    return new Map(rows.map(({ channel, count }) => [channel, Number(count)]))
  },

  /** The first instant after `now` at which a waiting post may be sent. */
  nextNotBefore: async (now: number): Promise<number | null> => {
    const row = await queries
      .selectFrom('posts')
      .select((select) => select.fn.min('not_before').as('instant'))
      .where('state', '=', 'due')
      .where('not_before', '>', now)
      .executeTakeFirstOrThrow()
    return row.instant
  },

  /** Takes the channel's longest waiting post for one attempt; undefined when there is none. */
  claimNext: (channel: string, now: number, deadline: number): Promise<PostRow | undefined> =>
    queries
      .updateTable('posts')
      .set((set) => ({ state: 'sending', attempts: set('attempts', '+', 1), deadline }))
      .where('state', '=', 'due')
      .where('id', '=', (select) =>
        select
          .selectFrom('posts')
          .select('id')
          .where('state', '=', 'due')
          .where('channel', '=', channel)
          .where('not_before', '<=', now)
          .orderBy('not_before')
          .orderBy('id')
          .limit(1),
      )
      .returningAll()
      .executeTakeFirst(),

  /** Confirmed posts are sent, whatever was believed of them meanwhile. */
  markSent: async (
    database: Kysely<Schema>,
    id: string,
    receipt: string,
    now: number,
  ): Promise<void> => {
    await database
      .updateTable('posts')
      .set({ state: 'sent', receipt, reason: null, deadline: null, settled_at: now })
      .where('id', '=', id)
      .where('state', '!=', 'sent')
      .execute()
  },

  /** Writes what an attempt came to, unless the post has moved on since that attempt. */
  settle: async (
    { id, attempts }: Pick<PostRow, 'id' | 'attempts'>,
    change: Exclude<PostChange, { state: 'sent' }>,
    now: number,
  ): Promise<void> => {
    await queries
      .updateTable('posts')
      .set({ state: change.state, reason: change.reason, deadline: null })
      .set(
        change.state === 'due'
          ? {
              not_before: change.notBefore,
              may_have_arrived: Number(change.mayHaveArrived),
              settled_at: null,
            }
          : { settled_at: now },
      )
      .where('id', '=', id)
      .where('attempts', '=', attempts)
      .where('state', 'in', ['sending', 'unknown'])
      .execute()
  },

  /** Posts past their deadline: their outcome is nobody's to tell. */
  giveUpSending: (now: number): Promise<readonly SettledPost[]> =>
    queries
      .updateTable('posts')
      .set({
        state: 'unknown',
        reason: 'the attempt ended without an outcome: look at the channel',
        deadline: null,
        settled_at: now,
      })
      .where('state', '=', 'sending')
      .where('deadline', '<', now)
      .returning(['id', 'campaign_id', 'state', 'reason'])
      .execute(),

  /** Posts that waited since before `oldest` are not sent any more. */
  giveUpWaiting: (oldest: number, now: number): Promise<readonly SettledPost[]> =>
    queries
      .updateTable('posts')
      .set({
        state: sql<PostState>`case when attempts = 0 then 'missed'
          when may_have_arrived = 1 then 'unknown' else 'failed' end`,
        reason: sql`coalesce(reason || ', and it', 'it') || ' could not be sent in time: ' ||
          'its channel was busy, put it off or is no longer configured'`,
        settled_at: now,
      })
      .where('state', '=', 'due')
      .where('not_before', '<', oldest)
      .returning(['id', 'campaign_id', 'state', 'reason'])
      .execute(),
})

export type SettledPost = Pick<PostRow, 'id' | 'campaign_id' | 'state' | 'reason'>
