import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { PostRow, Schema } from '../database/schema.ts'
import { AppError } from '../errors.ts'
import { messageAt, requireChannel } from './campaign.ts'
import type { CampaignCursor } from './campaign-cursor.ts'
import type { Campaign, CampaignStore } from './campaign-store.ts'
import type { Channel, Channels } from './channels/channel.ts'
import type { LedgerTime } from './ledger-time.ts'
import type { PostClaims } from './post-claims.ts'
import { manualIdOf, manualSlotKey, postIdOf } from './post-key.ts'
import type { PostSlot } from './post-slot.ts'
import type { PostStore } from './post-store.ts'
import { composePost } from './render-post.ts'

export interface ManualPosts {
  readonly queries: Kysely<Schema>
  readonly campaigns: CampaignStore
  readonly cursor: CampaignCursor
  readonly posts: PostStore
  readonly claims: PostClaims
  readonly postSlot: PostSlot
  readonly channels: Channels
  readonly time: LedgerTime
  /** Milliseconds that never go back. */
  readonly monotonicNow: () => number
  readonly createId: () => string
  readonly claimMs: number
}

export interface PostedNow {
  readonly post: PostRow
  /** False when an earlier call with the same Idempotency-Key made the post. */
  readonly isNew: boolean
}

/** Posts a campaign's next message out of turn. */
export type PostNow = (campaignId: string, idempotencyKey?: string) => Promise<PostedNow>

const pollMs = 50
const waitingPerChannelMax = 32

/**
 * The returned function resolves after the outcome was committed. A post whose channel is busy or put
 * it off is `due`, and the schedule goes on with it. Rejects with `not_found`, `unknown_channel`,
 * `overloaded` or `not_committed`.
 */
export const createPostNow = (manual: ManualPosts): PostNow => {
  const { campaigns, posts, claims, postSlot, channels, monotonicNow, createId, claimMs } = manual
  const calls = new Map<string, Promise<PostedNow>>()
  const waiting = new Map<string, number>()

  const sendWhenFree = async (post: PostRow, channel: Channel): Promise<void> => {
    const giveUpAt = monotonicNow() + claimMs
    while (monotonicNow() < giveUpAt) {
      const claimedAt = monotonicNow()
      const claimed = await claims.claimPost(post, claimMs)
      if (claimed !== undefined) return postSlot.send(claimed, channel, claimedAt)
      const { state, attempts } = await posts.getOf(post.campaign_id, post.id)
      const isOver = state !== 'sending' && (state !== 'due' || attempts > 0)
      if (isOver || (await claims.isHeld(post.channel))) return
      await sleep(pollMs)
    }
  }

  const withPlace = async <T>(channel: string, work: () => Promise<T>): Promise<T> => {
    const taken = waiting.get(channel) ?? 0
    if (taken >= waitingPerChannelMax)
      throw new AppError('overloaded', `the channel ${channel} is busy: try again`)
    waiting.set(channel, taken + 1)
    try {
      return await work()
    } finally {
      waiting.set(channel, (waiting.get(channel) ?? 1) - 1)
    }
  }

  const post = async (campaign: Campaign, slotKey: string, postId: string): Promise<PostedNow> => {
    let isNew = false
    if ((await posts.find(postId)) === undefined) {
      const channel = requireChannel(channels, campaign.channel)
      await withPlace(campaign.channel, async () => {
        isNew = await insertDue(manual, campaign, slotKey)
        if (isNew) await sendWhenFree(await posts.getOf(campaign.id, postId), channel)
      })
    }
    await postSlot.finish(postId)
    return { post: await posts.getOf(campaign.id, postId), isNew }
  }

  return async (campaignId, idempotencyKey) => {
    const campaign = await campaigns.get(campaignId)
    const manualId =
      idempotencyKey === undefined ? createId() : manualIdOf(campaignId, idempotencyKey)
    const slotKey = manualSlotKey(manualId)
    const postId = postIdOf(campaignId, slotKey)
    const earlier = calls.get(postId)
    if (earlier !== undefined) return { ...(await earlier), isNew: false }
    const call = post(campaign, slotKey, postId).finally(() => calls.delete(postId))
    calls.set(postId, call)
    return call
  }
}

/** Makes the post known; false when there is one. */
const insertDue = async (
  { queries, cursor, posts, time }: ManualPosts,
  campaign: Campaign,
  slotKey: string,
): Promise<boolean> => {
  const now = await time.read()
  return queries.transaction().execute(async (transaction) => {
    const used = await cursor.takeMessage(transaction, campaign.id)
    const inserted = await posts.insert(transaction, [
      {
        id: postIdOf(campaign.id, slotKey),
        campaign_id: campaign.id,
        slot_key: slotKey,
        scheduled_at: now,
        state: 'due',
        ...composePost(messageAt(campaign.messages, used), now, campaign.timeZone),
        channel: campaign.channel,
        not_before: now,
        created_at: now,
      },
    ])
    return inserted === 1
  })
}
