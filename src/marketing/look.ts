import { setImmediate as breathe } from 'node:timers/promises'
import type { LedgerTime } from '../database/clock.ts'
import { messageOf } from '../errors.ts'
import type { CampaignCursor } from './campaigns/cursor.ts'
import type { SlotPlan } from './campaigns/plan-slots.ts'
import type { Campaign } from './campaigns/store.ts'
import type { MarketingLog } from './log.ts'
import type { ExpiredPost, PostExpiry } from './posts/expire.ts'
import type { PostSlot } from './sending/attempt.ts'
import type { DuePosts, DueSender } from './sending/dispatcher.ts'

/** What a pass needs. */
export interface Schedule {
  readonly cursor: CampaignCursor
  /** Creates the posts of a campaign's new slots; undefined if another replica did so. */
  readonly openSlots: (campaign: Campaign, now: number) => Promise<SlotPlan | undefined>
  readonly expiry: PostExpiry
  readonly duePosts: DuePosts
  readonly postSlot: PostSlot
  readonly sender: DueSender
  readonly time: LedgerTime
  readonly log: MarketingLog
}

const campaignCountMax = 500

/**
 * The returned function runs one pass of the schedule: resolves overdue posts, creates new slots, starts
 * sending. Returns false if a part of it failed and has to be retried. Never rejects.
 */
export function createLook(schedule: Schedule): () => Promise<boolean> {
  const { cursor, expiry, postSlot, sender, time, log } = schedule
  const openCampaign = createCampaignOpener(schedule)

  return async () => {
    let isWell = true
    try {
      await postSlot.commitLeftovers()
      const now = await time.read()
      for (const campaign of await cursor.due(now, campaignCountMax)) {
        if (!(await openCampaign(campaign, now))) isWell = false
        await breathe()
      }
      logExpired(log, await expiry.expireSending())
      logExpired(log, await expiry.expireWaiting())
      await sender.begin()
      return isWell
    } catch (cause) {
      log.error({ error: messageOf(cause) }, 'the schedule could not be read; trying again')
      return false
    }
  }
}

/** A campaign whose slots cannot be calculated is logged once, until they can be, and delays no other. */
function createCampaignOpener({ openSlots, log }: Schedule) {
  const broken = new Set<string>()
  return async (campaign: Campaign, now: number): Promise<boolean> => {
    try {
      const plan = await openSlots(campaign, now)
      broken.delete(campaign.id)
      if (plan !== undefined && plan.missed.length > 0)
        log.warn({ campaign: campaign.id, slots: plan.missed.length }, 'slots missed')
      return true
    } catch (cause) {
      if (!broken.has(campaign.id))
        log.error(
          { campaign: campaign.id, error: messageOf(cause) },
          'the slots of a campaign could not be worked out; trying again',
        )
      broken.add(campaign.id)
      return false
    }
  }
}

function logExpired(log: MarketingLog, posts: readonly ExpiredPost[]): void {
  for (const { id, campaign_id, state, reason } of posts)
    log.warn({ post: id, campaign: campaign_id, reason }, `post ${state}`)
}
