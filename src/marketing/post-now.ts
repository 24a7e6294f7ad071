import type { Kysely } from 'kysely'
import type { PostRow, Schema } from '../database/schema.ts'
import { messageAt, requireChannel } from './campaign.ts'
import type { CampaignCursor } from './campaign-cursor.ts'
import type { Campaign, CampaignStore } from './campaign-store.ts'
import type { Channels } from './channels/channel.ts'
import type { Lanes } from './lanes.ts'
import { manualIdOf, manualSlotKey, postIdOf } from './post-key.ts'
import type { PostSlot } from './post-slot.ts'
import type { PostStore } from './post-store.ts'

export interface ManualPosts {
  readonly queries: Kysely<Schema>
  readonly campaigns: CampaignStore
  readonly cursor: CampaignCursor
  readonly posts: PostStore
  readonly postSlot: PostSlot
  readonly channels: Channels
  readonly lanes: Lanes
  readonly now: () => number
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

/**
 * The returned function resolves after the outcome was committed. A post that the channel put off is
 * `due`, and the schedule goes on with it. Rejects with `not_found`, `unknown_channel`, `overloaded`
 * or `not_committed`.
 */
export const createPostNow = (manual: ManualPosts): PostNow => {
  const { campaigns, posts, postSlot, channels, lanes, createId } = manual
  const calls = new Map<string, Promise<PostedNow>>()

  const post = async (campaign: Campaign, slotKey: string, postId: string): Promise<PostedNow> => {
    let isNew = false
    if ((await posts.find(postId)) === undefined) {
      const channel = requireChannel(channels, campaign.channel)
      const leave = await lanes.enter(campaign.channel)
      try {
        isNew = await insertClaimed(manual, campaign, slotKey)
        if (isNew) await postSlot.send(await posts.getOf(campaign.id, postId), channel)
      } finally {
        leave()
      }
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

/** Writes the post as already claimed, so that no schedule takes it up; false when there is one. */
const insertClaimed = (
  { queries, cursor, posts, now, claimMs }: ManualPosts,
  campaign: Campaign,
  slotKey: string,
): Promise<boolean> =>
  queries.transaction().execute(async (transaction) => {
    const used = await cursor.takeMessage(transaction, campaign.id)
    const instant = now()
    const inserted = await posts.insert(transaction, [
      {
        id: postIdOf(campaign.id, slotKey),
        campaign_id: campaign.id,
        slot_key: slotKey,
        scheduled_at: instant,
        state: 'sending',
        message: messageAt(campaign.messages, used),
        channel: campaign.channel,
        attempts: 1,
        not_before: instant,
        deadline: instant + claimMs,
        created_at: instant,
      },
    ])
    return inserted === 1
  })
