import { type ExpressionBuilder, type Kysely, type RawBuilder, sql } from 'kysely'
import type { LedgerTime } from '../../database/clock.ts'
import type { PostRow, Schema } from '../../database/schema.ts'
import { mayBePosted, type PostWindow } from '../posts/deadlines.ts'
import { createChannelLocks, lockMsMax } from './channel-lock.ts'
import type { PostChange } from './retry-policy.ts'

export interface PostClaims {
  /** Claims the channel's longest waiting post for one attempt; undefined if there is none. */
  claimNext(channel: string, claimMs: number): Promise<PostRow | undefined>
  /** Claims this post for one attempt; undefined while the post or its channel is not available. */
  claimPost(post: Pick<PostRow, 'channel' | 'id'>, claimMs: number): Promise<PostRow | undefined>
  /** Whether the channel asked to wait and the time is not over. */
  isCoolingDown(channel: string): Promise<boolean>
  /** Extends the attempt's lock on the channel while the attempt is running. */
  keepLock(post: PostRow, lockMs: number): Promise<void>
  /** Stores the text that an attempt is about to send, for later attempts. */
  keepText(post: PostRow, text: string): Promise<void>
  /** Marks a confirmed post as sent, whatever state it was given meanwhile. */
  markSent(
    database: Kysely<Schema>,
    post: AttemptedPost,
    receipt: string,
    cooldownMs: number,
  ): Promise<void>
  /** Records an attempt's outcome, unless the post has changed since that attempt. */
  finishAttempt(post: AttemptedPost, change: UnsentChange, cooldownMs: number): Promise<void>
  /** An operator resolved an unknown post as not sent; it may still be resolved as sent later. */
  resolveUnknown(id: string): Promise<void>
}

type AttemptedPost = Pick<PostRow, 'id' | 'attempts' | 'channel'>
type UnsentChange = Exclude<PostChange, { state: 'sent' }>

/** The state changes of a post. Each is conditional, so that of two concurrent changes only the first takes effect. */
export function createPostClaims(
  queries: Kysely<Schema>,
  time: LedgerTime,
  window: PostWindow,
): PostClaims {
  const locks = createChannelLocks(time)

  const claim = (channel: string, claimMs: number, id?: string): Promise<PostRow | undefined> =>
    queries.transaction().execute(async (transaction) => {
      const lockMs = Math.min(claimMs, lockMsMax)
      if (!(await locks.acquire(transaction, channel, claimUnderWay, lockMs))) return undefined
      const next = nextDue(time, window, channel, id)
      const post = await beginAttempt(transaction, next, sql<number>`${time.now()} + ${claimMs}`)
      if (post === undefined) await locks.release(transaction, channel, claimUnderWay, 0)
      else await locks.handOver(transaction, channel, attemptOf(post))
      return post
    })

  return {
    claimNext: (channel, claimMs) => claim(channel, claimMs),
    claimPost: ({ channel, id }, claimMs) => claim(channel, claimMs, id),
    isCoolingDown: (channel) => locks.isCoolingDown(queries, channel),
    keepLock: (post, lockMs) => locks.keep(queries, post.channel, attemptOf(post), lockMs),
    keepText: (post, text) => keepText(queries, post, text),
    markSent: async (database, post, receipt, cooldownMs) => {
      await locks.release(database, post.channel, attemptOf(post), cooldownMs)
      await database
        .updateTable('posts')
        .set({ state: 'sent', receipt, reason: null, deadline: null, finished_at: time.now() })
        .where('id', '=', post.id)
        .where('state', '!=', 'sent')
        .execute()
    },
    finishAttempt: (post, change, cooldownMs) =>
      queries.transaction().execute(async (transaction) => {
        await locks.release(transaction, post.channel, attemptOf(post), cooldownMs)
        await finishAttempt(transaction, time, post, change)
      }),
    resolveUnknown: (id) => resolveUnknown(queries, time, id),
  }
}

/** The lock's token until the post of the attempt is known. */
const claimUnderWay = 'a claim under way'

/** The id of the channel's longest waiting post, or of the given one, if it may be sent now. */
function nextDue(time: LedgerTime, window: PostWindow, channel: string, id: string | undefined) {
  return (select: ExpressionBuilder<Schema, 'posts'>) =>
    select
      .selectFrom('posts')
      .select('id')
      .where('state', '=', 'due')
      .where('channel', '=', channel)
      .where('not_before', '<=', time.now())
      .where(mayBePosted(time, window))
      .$if(id !== undefined, (query) => query.where('id', '=', id ?? ''))
      .orderBy('not_before')
      .orderBy('id')
      .limit(1)
}

function beginAttempt(
  transaction: Kysely<Schema>,
  next: ReturnType<typeof nextDue>,
  deadline: RawBuilder<number>,
): Promise<PostRow | undefined> {
  return transaction
    .updateTable('posts')
    .set((set) => ({ state: 'sending', attempts: set('attempts', '+', 1), deadline }))
    .where('state', '=', 'due')
    .where('id', '=', next)
    .returningAll()
    .executeTakeFirst()
}

async function keepText(
  queries: Kysely<Schema>,
  { id, attempts }: PostRow,
  text: string,
): Promise<void> {
  await queries
    .updateTable('posts')
    .set({ text })
    .where('id', '=', id)
    .where('attempts', '=', attempts)
    .execute()
}

async function finishAttempt(
  transaction: Kysely<Schema>,
  time: LedgerTime,
  post: AttemptedPost,
  change: UnsentChange,
): Promise<void> {
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
}

async function resolveUnknown(
  queries: Kysely<Schema>,
  time: LedgerTime,
  id: string,
): Promise<void> {
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
}

function attemptOf({ id, attempts }: Pick<PostRow, 'id' | 'attempts'>): string {
  return `${id}:${attempts}`
}
