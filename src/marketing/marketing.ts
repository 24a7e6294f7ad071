import type { Kysely } from 'kysely'
import type { Recorder } from '../../instrumentation/recorder.ts'
import type { Schema } from '../database/schema.ts'
import type { AddRoutes } from '../http/api.ts'
import { draftCampaign } from './campaign.ts'
import { createCampaignCursor } from './campaign-cursor.ts'
import { createCampaignStore } from './campaign-store.ts'
import type { Channels } from './channels/channel.ts'
import { seedDemoCampaign } from './demo-campaign.ts'
import { createLanes } from './lanes.ts'
import type { MarketingLog } from './marketing-log.ts'
import { createPostClaims } from './post-claims.ts'
import { createPostNow } from './post-now.ts'
import { createPostSlot } from './post-slot.ts'
import { createPostStore, type OpenPosts } from './post-store.ts'
import { marketingRoutes } from './routes.ts'
import { createScheduler } from './scheduler.ts'
import { createDueSender } from './send-due.ts'

export interface MarketingOptions {
  readonly queries: Kysely<Schema>
  readonly recorder: Recorder
  readonly channels: Channels
  readonly now: () => number
  /** Something that no other call returned, of letters and digits, at most 64 characters. */
  readonly createId: () => string
  readonly log: MarketingLog
  /** How late a slot may still be posted. */
  readonly graceMs?: number
  /** Above 10 s, so that `fetch` can tell a connect timeout from a missing answer. */
  readonly sendTimeoutMs?: number
}

export interface Marketing {
  readonly addRoutes: AddRoutes
  /** Keeps a campaign that posts to the console every minute, unless there is any campaign already. */
  seedDemoCampaign(): Promise<void>
  /** Begins to post what is due. */
  start(): void
  /**
   * Stops the schedule; resolves when the sends under way have ended, or after `timeoutMs`. What is
   * then still under way stays `sending`, and the next start finds it `unknown` past its deadline.
   */
  stop(timeoutMs?: number): Promise<void>
  /** One look of the schedule, which `start` repeats: returns while sends are under way. */
  tick(): Promise<void>
  /** Resolves when no send is under way. */
  idle(): Promise<void>
  countOpenPosts(): Promise<OpenPosts>
}

const graceMsDefault = 10 * 60_000
const sendTimeoutMsDefault = 15_000
/** What a claim allows for beside the send: a commit, a stall. */
const claimMarginMs = 15_000
const sendsPerChannelMax = 4
const waitingPerChannelMax = 32

/** Campaigns, their schedule, and what became of their posts. */
export const createMarketing = (options: MarketingOptions): Marketing => {
  const { queries, recorder, channels, now, createId, log } = options
  const graceMs = options.graceMs ?? graceMsDefault
  const sendTimeoutMs = options.sendTimeoutMs ?? sendTimeoutMsDefault
  const claimMs = sendTimeoutMs + claimMarginMs

  const campaigns = createCampaignStore(queries)
  const cursor = createCampaignCursor(queries)
  const posts = createPostStore(queries)
  const claims = createPostClaims(queries)
  const lanes = createLanes(sendsPerChannelMax, waitingPerChannelMax)
  const postSlot = createPostSlot({ claims, recorder, now, log, sendTimeoutMs })
  const sender = createDueSender({ claims, postSlot, channels, lanes, now, claimMs, log })
  const tables = { queries, campaigns, cursor, posts }
  const scheduler = createScheduler({ ...tables, claims, postSlot, sender, graceMs, now, log })
  const postNow = createPostNow({
    ...tables,
    postSlot,
    channels,
    lanes,
    now,
    createId,
    claimMs,
  })

  return {
    addRoutes: marketingRoutes({
      campaigns,
      posts,
      create: async (request) => {
        const instant = now()
        const id = `campaign_${createId()}`
        await campaigns.insert(id, draftCampaign(request, channels, instant), instant)
        return campaigns.get(id)
      },
      postNow,
    }),
    seedDemoCampaign: () => seedDemoCampaign(campaigns, channels, now()),
    start: scheduler.start,
    stop: scheduler.stop,
    tick: scheduler.tick,
    idle: scheduler.idle,
    countOpenPosts: posts.countOpen,
  }
}
