import type { Recorder } from '../../../instrumentation/business/recorder.ts'
import type { Traces } from '../../../instrumentation/traces/traces.ts'
import type { PostRow } from '../../database/schema.ts'
import { messageOf } from '../../errors.ts'
import type { Channel } from '../channels/channel.ts'
import type { MarketingLog } from '../log.ts'
import { proofOf } from '../posts/key.ts'
import type { PostClaims } from './claims.ts'
import { cooldownMsOf, decideRetry, type PostChange } from './retry-policy.ts'
import type { SendPost } from './send.ts'

export interface PostSlot {
  /**
   * Sends a post that this process claimed at `claimedAt` (monotonic) once and commits the outcome.
   * Rejects with `not_committed` if the outcome is known here but not committed yet.
   */
  send(post: PostRow, channel: Channel, claimedAt: number): Promise<void>
  /** Resolves when this process has finished with the post; rejects like `send`. */
  finish(postId: string): Promise<void>
  /** Resolves when no send is running. */
  idle(): Promise<void>
  /** Retries the commits of outcomes that failed. Never rejects. */
  commitLeftovers(): Promise<void>
}

export interface PostSlotOptions {
  readonly claims: PostClaims
  readonly recorder: Recorder
  readonly sendPost: SendPost
  /** How long an attempt holds the channel's lock without extending it. */
  readonly lockMs: number
  readonly now: () => number
  readonly log: MarketingLog
}

interface Outcome {
  readonly post: PostRow
  readonly change: PostChange
  readonly cooldownMs: number
  readonly at: number
}

export function createPostSlot(options: PostSlotOptions): PostSlot {
  const { claims, sendPost, lockMs, now, log } = options
  const underWay = new Map<string, Promise<void>>()
  const uncommitted = new Map<string, Outcome>()

  const commit = async (outcome: Outcome): Promise<void> => {
    await commitOutcome(options, outcome)
    if (uncommitted.delete(outcome.post.id)) logOutcome(log, outcome)
  }

  const attempt = async (post: PostRow, channel: Channel, claimedAt: number): Promise<void> => {
    const outcome = await sendPost(post, channel, claimedAt)
    const change = decideRetry(outcome, {
      attempts: post.attempts,
      mayHaveArrived: post.may_have_arrived === 1,
    })
    const result = { post, change, cooldownMs: cooldownMsOf(outcome), at: now() }
    uncommitted.set(post.id, result)
    await commit(result)
  }

  return {
    send: (post, channel, claimedAt) => {
      const keeping = keepLocked(claims, post, lockMs)
      const sending = attempt(post, channel, claimedAt).finally(() => {
        clearInterval(keeping)
        underWay.delete(post.id)
      })
      underWay.set(post.id, sending)
      return sending
    },
    finish: async (postId) => {
      await underWay.get(postId)
      const outcome = uncommitted.get(postId)
      if (outcome !== undefined) await commit(outcome)
    },
    idle: async () => {
      await Promise.allSettled(underWay.values())
    },
    commitLeftovers: async () => {
      for (const outcome of uncommitted.values()) {
        await commit(outcome).catch((cause: unknown) =>
          log.error(
            { post: outcome.post.id, error: messageOf(cause) },
            'the outcome of a post is known but could not be committed; trying again',
          ),
        )
      }
    },
  }
}

/** An attempt holds its channel until the outcome is committed, so that every replica knows what the channel asked for. */
function keepLocked(claims: PostClaims, post: PostRow, lockMs: number): NodeJS.Timeout {
  return setInterval(() => {
    claims.keepLock(post, lockMs).catch(() => undefined)
  }, lockMs / 3).unref()
}

async function commitOutcome(
  { claims, recorder }: PostSlotOptions,
  { post, change, cooldownMs, at }: Outcome,
): Promise<void> {
  if (change.state === 'sent')
    await recorder.recordMarketingPost(proofOf(post, at, change.receipt), (transaction) =>
      claims.markSent(transaction, post, change.receipt, cooldownMs),
    )
  else await claims.finishAttempt(post, change, cooldownMs)
}

function logOutcome(log: MarketingLog, { post, change }: Outcome): void {
  const fields = { post: post.id, campaign: post.campaign_id, channel: post.channel }
  if (change.state === 'sent') log.info(fields, 'post sent')
  else if (change.state === 'due') log.info({ ...fields, reason: change.reason }, 'post put off')
  else log.warn({ ...fields, reason: change.reason }, `post ${change.state}`)
}

/** The same function within a span, which starts a trace for a scheduled post. */
export function tracePosts(postSlot: PostSlot, traces: Traces | undefined): PostSlot {
  return traces?.isOn
    ? {
        ...postSlot,
        send: (post, channel, claimedAt) =>
          traces.span({ name: 'post' }, () => postSlot.send(post, channel, claimedAt)),
      }
    : postSlot
}
