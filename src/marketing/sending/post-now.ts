import { setTimeout as sleep } from 'node:timers/promises'
import type { LedgerTime } from '../../database/clock.ts'
import type { PostRow } from '../../database/schema.ts'
import { AppError } from '../../errors.ts'
import { postKey } from '../../ledger/fact-key.ts'
import type { Ledger } from '../../ledger/record/ledger.ts'
import { messageAt, requireChannel } from '../campaigns/campaign.ts'
import type { Campaign } from '../campaigns/store.ts'
import type { Channel } from '../channels/channel.ts'
import { manualIdOf, manualSlotKey, postIdOf } from '../posts/key.ts'
import { composePost } from '../posts/render.ts'
import type { MarketingTables } from '../tables.ts'
import type { Sending } from './dispatcher.ts'

export interface ManualPosts extends MarketingTables {
  readonly time: LedgerTime
  readonly sending: Sending
  readonly createId: () => string
  /** Resolves once the fact, if there is one, is on every synchronous standby. */
  readonly hasFact: Ledger['hasFact']
}

interface PostedNow {
  readonly post: PostRow
  /** False if an earlier call with the same Idempotency-Key created the post. */
  readonly isNew: boolean
}

/** Posts a campaign's next message outside its schedule. */
export type PostNow = (campaignId: string, idempotencyKey?: string) => Promise<PostedNow>

const pollMs = 50
const waitingPerChannelMax = 32
const attemptsMax = 10

/**
 * The returned function resolves after the outcome was committed. A post whose channel is busy or asked
 * to wait is `due`, and the dispatcher retries it. Rejects with `not_found`, `unknown_channel`,
 * `idempotency_key_spent`, `overloaded` or `not_committed`.
 */
export function createPostNow(manual: ManualPosts): PostNow {
  const { campaigns, posts, sending, createId, hasFact } = manual
  const calls = new Map<string, Promise<PostedNow>>()
  const withPlace = limitPerChannel()

  const begin = async (campaign: Campaign, slotKey: string): Promise<Insertion> => {
    const channel = requireChannel(sending.channels, campaign.channel)
    return withPlace(campaign.channel, async () => {
      const insertion = await insertDue(manual, campaign, slotKey)
      if (insertion === 'new')
        await sendWhenFree(
          manual,
          await posts.getOf(campaign.id, postIdOf(campaign.id, slotKey)),
          channel,
        )
      return insertion
    })
  }

  const post = async (campaign: Campaign, slotKey: string, postId: string): Promise<PostedNow> => {
    const known = await posts.find(postId)
    if (known === undefined) await refusePruned(manual, campaign, slotKey)
    let insertion: Insertion = known === undefined ? await begin(campaign, slotKey) : 'known'
    for (let attempt = 2; insertion === 'campaign changed'; attempt += 1) {
      if (attempt > attemptsMax)
        throw new AppError('overloaded', `the campaign ${campaign.id} is being changed: try again`)
      insertion = await begin(await campaigns.get(campaign.id), slotKey)
    }
    await sending.postSlot.finish(postId)
    if (insertion === 'known') await hasFact(postKey(campaign.id, slotKey))
    return { post: await posts.getOf(campaign.id, postId), isNew: insertion === 'new' }
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

/** A pruned post is still known by its fact: its Idempotency-Key never sends again. */
async function refusePruned(
  { hasFact }: ManualPosts,
  campaign: Campaign,
  slotKey: string,
): Promise<void> {
  if (await hasFact(postKey(campaign.id, slotKey)))
    throw new AppError(
      'idempotency_key_spent',
      'this Idempotency-Key sent a post that has since been pruned: use a new key for a new post',
    )
}

/** Sends a post once its channel is free, unless the schedule did or the channel asks to wait. */
async function sendWhenFree(
  { posts, sending }: ManualPosts,
  post: PostRow,
  channel: Channel,
): Promise<void> {
  const { claims, postSlot, monotonicNow, claimMs } = sending
  const expiresAt = monotonicNow() + claimMs
  while (monotonicNow() < expiresAt) {
    const claimedAt = monotonicNow()
    const claimed = await claims.claimPost(post, claimMs)
    if (claimed !== undefined) return postSlot.send(claimed, channel, claimedAt)
    const { state, attempts } = await posts.getOf(post.campaign_id, post.id)
    const isOver = state !== 'sending' && (state !== 'due' || attempts > 0)
    if (isOver || (await claims.isCoolingDown(post.channel))) return
    await sleep(pollMs)
  }
}

/** Limits concurrent callers per channel; the returned function throws `overloaded` for more. */
function limitPerChannel() {
  const waiting = new Map<string, number>()
  return async <T>(channel: string, work: () => Promise<T>): Promise<T> => {
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
}

type Insertion = 'new' | 'known' | 'campaign changed'

/** Creates the post, unless it exists, or the campaign has changed since it was read. */
async function insertDue(
  { queries, cursor, posts, time }: ManualPosts,
  campaign: Campaign,
  slotKey: string,
): Promise<Insertion> {
  const now = await time.read()
  return queries.transaction().execute(async (transaction) => {
    const used = await cursor.takeMessage(transaction, campaign)
    if (used === undefined) return 'campaign changed'
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
    if (inserted === 1) return 'new'
    await cursor.untakeMessage(transaction, campaign)
    return 'known'
  })
}
