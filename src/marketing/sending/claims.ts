import { type Kysely, sql } from 'kysely'
import type { LedgerTime } from '../../database/clock.ts'
import type { PostRow, Schema } from '../../database/schema.ts'
import { mayBePosted, type PostWindow } from '../posts/deadlines.ts'
import { createChannelLocks, lockMsMax } from './channel-lock.ts'
import type { PostChange } from './retry-policy.ts'

export type PostClaims = ReturnType<typeof createPostClaims>

/** How a post changes its state. Every change is conditional: whoever comes second changes nothing. */
export function createPostClaims(queries: Kysely<Schema>, time: LedgerTime, window: PostWindow) {
  const locks = createChannelLocks(time)

  const claim = (
    channel: string,
    claimMs: number,
    pick: string | undefined,
  ): Promise<PostRow | undefined> =>
    queries.transaction().execute(async (transaction) => {
      const place = 'a claim under way'
      const lockMs = Math.min(claimMs, lockMsMax)
      if (!(await locks.take(transaction, channel, place, lockMs))) return undefined
      const post = await transaction
        .updateTable('posts')
        .set((set) => ({
          state: 'sending',
          attempts: set('attempts', '+', 1),
          deadline: sql<number>`${time.now()} + ${claimMs}`,
        }))
        .where('state', '=', 'due')
        .where('id', '=', (select) =>
          select
            .selectFrom('posts')
            .select('id')
            .where('state', '=', 'due')
            .where('channel', '=', channel)
            .where('not_before', '<=', time.now())
            .where(mayBePosted(time, window))
            .$if(pick !== undefined, (query) => query.where('id', '=', pick ?? ''))
            .orderBy('not_before')
            .orderBy('id')
            .limit(1),
        )
        .returningAll()
        .executeTakeFirst()
      if (post === undefined) await locks.giveBack(transaction, channel, place, 0)
      else
        await transaction
          .updateTable('channels')
          .set({ busy_with: attemptOf(post) })
          .where('name', '=', channel)
          .execute()
      return post
    })

  return {
    /** Takes the channel's longest waiting post for one attempt; undefined when there is none. */
    claimNext: (channel: string, claimMs: number) => claim(channel, claimMs, undefined),

    /** Takes that very post for one attempt; undefined while it or its channel cannot be had. */
    claimPost: ({ channel, id }: Pick<PostRow, 'channel' | 'id'>, claimMs: number) =>
      claim(channel, claimMs, id),

    isCoolingDown: (channel: string) => locks.isCoolingDown(queries, channel),

    /** Goes on to have the channel to itself, while the attempt is under way. */
    keepLock: (post: PostRow, lockMs: number) =>
      locks.keep(queries, post.channel, attemptOf(post), lockMs),

    /** Keeps the text that an attempt is about to send, for the attempts after it. */
    keepText: async ({ id, attempts }: PostRow, text: string): Promise<void> => {
      await queries
        .updateTable('posts')
        .set({ text })
        .where('id', '=', id)
        .where('attempts', '=', attempts)
        .execute()
    },

    /** Confirmed posts are sent, whatever was believed of them meanwhile. */
    markSent: async (
      database: Kysely<Schema>,
      post: Pick<PostRow, 'id' | 'attempts' | 'channel'>,
      receipt: string,
      cooldownMs: number,
    ): Promise<void> => {
      await locks.giveBack(database, post.channel, attemptOf(post), cooldownMs)
      await database
        .updateTable('posts')
        .set({ state: 'sent', receipt, reason: null, deadline: null, finished_at: time.now() })
        .where('id', '=', post.id)
        .where('state', '!=', 'sent')
        .execute()
    },

    /** Writes what an attempt came to, unless the post has moved on since that attempt. */
    finishAttempt: (
      post: Pick<PostRow, 'id' | 'attempts' | 'channel'>,
      change: Exclude<PostChange, { state: 'sent' }>,
      cooldownMs: number,
    ): Promise<void> =>
      queries.transaction().execute(async (transaction) => {
        await locks.giveBack(transaction, post.channel, attemptOf(post), cooldownMs)
        await transaction
          .updateTable('posts')
          .set({ state: change.state, reason: change.reason, deadline: null })
          .set(
            change.state === 'due'
              ? {
                  not_before: sql<number>`${time.now()} + ${change.waitMs}`,
                  may_have_arrived: Number(change.mayHaveArrived),
                  finished_at: null,
                }
              : { finished_at: time.now() },
          )
          .where('id', '=', post.id)
          .where('attempts', '=', post.attempts)
          .where('state', 'in', ['sending', 'unknown'])
          .execute()
      }),

    /** An operator did not find a post that nobody knew of; who finds it later may still say so. */
    resolveUnknown: async (id: string): Promise<void> => {
      await queries
        .updateTable('posts')
        .set({
          state: 'failed',
          reason: sql<string>`reason || ', and an operator resolved it as failed'`,
          may_have_arrived: 1,
          finished_at: time.now(),
        })
        .where('id', '=', id)
        .where('state', '=', 'unknown')
        .execute()
    },
  }
}

function attemptOf({ id, attempts }: Pick<PostRow, 'id' | 'attempts'>): string {
  return `${id}:${attempts}`
}
