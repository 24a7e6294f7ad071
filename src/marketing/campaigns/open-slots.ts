import type { Kysely } from 'kysely'
import type { NewPostRow, Schema } from '../../database/schema.ts'
import { createCronSchedule } from '../../time/cron-schedule.ts'
import { postIdOf, slotKeyOf } from '../posts/key.ts'
import { composePost } from '../posts/render.ts'
import type { PostStore } from '../posts/store.ts'
import { messageAt } from './campaign.ts'
import type { CampaignCursor } from './cursor.ts'
import { planSlots, type SlotPlan } from './plan-slots.ts'
import type { Campaign } from './store.ts'

export interface SlotOpener {
  readonly queries: Kysely<Schema>
  readonly cursor: CampaignCursor
  readonly posts: PostStore
  readonly graceMs: number
}

const slotCountMax = 200

/**
 * Creates the posts of a campaign's new slots, in one transaction with its cursor. Returns undefined if
 * another replica did so.
 */
export async function openSlots(
  { queries, cursor, posts, graceMs }: SlotOpener,
  campaign: Campaign,
  now: number,
): Promise<SlotPlan | undefined> {
  const plan = planSlots(createCronSchedule(campaign.cron, campaign.timeZone, now), {
    slotsThrough: campaign.slotsThrough,
    now,
    graceMs,
    countMax: slotCountMax,
  })
  return queries.transaction().execute(async (transaction) => {
    const used = await cursor.advance(transaction, campaign, plan)
    if (used === undefined) return undefined
    await posts.insert(transaction, [
      ...plan.missed.map((slot) => missedPost(campaign, slot, now)),
      ...plan.due.map((slot, index) => duePost(campaign, slot, used + index, now)),
    ])
    return plan
  })
}

function slotOf(campaign: Campaign, slot: number, now: number) {
  return {
    id: postIdOf(campaign.id, slotKeyOf(slot)),
    campaign_id: campaign.id,
    slot_key: slotKeyOf(slot),
    scheduled_at: slot,
    channel: campaign.channel,
    not_before: slot,
    created_at: now,
  }
}

function duePost(campaign: Campaign, slot: number, used: number, now: number): NewPostRow {
  return {
    ...slotOf(campaign, slot, now),
    state: 'due',
    ...composePost(messageAt(campaign.messages, used), slot, campaign.timeZone),
  }
}

function missedPost(campaign: Campaign, slot: number, now: number): NewPostRow {
  return {
    ...slotOf(campaign, slot, now),
    state: 'missed',
    message: null,
    reason:
      'nothing looked at the schedule in time: the service was stopped, stalled or without its database',
    finished_at: now,
  }
}
