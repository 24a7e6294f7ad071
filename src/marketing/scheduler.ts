import { setImmediate as breathe } from 'node:timers/promises'
import type { LedgerTime } from '../database/clock.ts'
import { messageOf } from '../errors.ts'
import { withTimeout } from '../time/with-timeout.ts'
import { openSlots, type SlotOpener } from './campaigns/open-slots.ts'
import type { Campaign } from './campaigns/store.ts'
import type { MarketingLog } from './log.ts'
import type { PostExpiry, ResolvedPost } from './posts/expire.ts'
import type { PostSlot } from './sending/attempt.ts'
import type { DuePosts, DueSender } from './sending/dispatcher.ts'

export interface SchedulerOptions extends SlotOpener {
  readonly expiry: PostExpiry
  readonly duePosts: DuePosts
  readonly postSlot: PostSlot
  readonly sender: DueSender
  readonly time: LedgerTime
  readonly log: MarketingLog
}

export interface Scheduler {
  /** Looks once: settles what is overdue, makes new slots known, begins to send. Never rejects. */
  tick(): Promise<void>
  /** Resolves when no send is under way. */
  idle(): Promise<void>
  start(): void
  /** Looks no more; resolves when the sends under way have ended, or after `timeoutMs`. */
  stop(timeoutMs?: number): Promise<void>
}

/** Changes that another replica commits take effect within this time. */
const lookEveryMs = 1_000
const campaignCountMax = 500

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { cursor, expiry, duePosts, postSlot, sender, time, log } = options
  const broken = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | undefined
  let running = false
  let troubled = false

  const openCampaign = async (campaign: Campaign, now: number): Promise<void> => {
    try {
      const plan = await openSlots(options, campaign, now)
      broken.delete(campaign.id)
      if (plan !== undefined && plan.missed.length > 0)
        log.warn({ campaign: campaign.id, slots: plan.missed.length }, 'slots missed')
    } catch (cause) {
      troubled = true
      if (broken.has(campaign.id)) return
      broken.add(campaign.id)
      log.error(
        { campaign: campaign.id, error: messageOf(cause) },
        'the slots of a campaign could not be worked out; trying again',
      )
    }
  }

  const look = async (): Promise<void> => {
    troubled = false
    try {
      await postSlot.commitLeftovers()
      const now = await time.read()
      for (const campaign of await cursor.due(now, campaignCountMax)) {
        await openCampaign(campaign, now)
        await breathe()
      }
      logResolved(log, await expiry.expireSending())
      logResolved(log, await expiry.expireWaiting())
      await sender.begin()
    } catch (cause) {
      troubled = true
      log.error({ error: messageOf(cause) }, 'the schedule could not be read; trying again')
    }
  }

  const tick = (): Promise<void> => {
    looking ??= look().finally(() => {
      looking = undefined
    })
    return looking
  }

  const nextLookInMs = async (): Promise<number> => {
    try {
      const now = await time.read()
      const instants = [await cursor.nextSlotAt(), await duePosts.nextNotBefore(now)]
      const waits = instants.filter((one) => one !== null).map((one) => one - now)
      return Math.max(0, Math.min(lookEveryMs, ...waits))
    } catch {
      return lookEveryMs
    }
  }

  const run = async (): Promise<void> => {
    await tick()
    const waitMs = troubled ? lookEveryMs : await nextLookInMs()
    if (running) wakeIn(waitMs)
  }

  const wakeIn = (waitMs: number): void => {
    timer = setTimeout(run, waitMs).unref()
  }

  const idle = async (): Promise<void> => {
    await sender.idle()
    await postSlot.idle()
  }

  return {
    tick,
    idle,
    start: () => {
      if (running) return
      running = true
      wakeIn(0)
    },
    stop: async (timeoutMs) => {
      running = false
      clearTimeout(timer)
      sender.stop()
      await looking
      await (timeoutMs === undefined ? idle() : withTimeout(idle(), timeoutMs))
      await postSlot.commitLeftovers()
    },
  }
}

function logResolved(log: MarketingLog, posts: readonly ResolvedPost[]): void {
  for (const { id, campaign_id, state, reason } of posts)
    log.warn({ post: id, campaign: campaign_id, reason }, `post ${state}`)
}
