import type { Kysely } from 'kysely'
import type { Recorder } from '../../instrumentation/business/recorder.ts'
import type { Traces } from '../../instrumentation/traces/traces.ts'
import type { LedgerTime } from '../database/clock.ts'
import type { Schema } from '../database/schema.ts'
import type { AddRoutes } from '../http/api.ts'
import { marketingRoutes } from './api/routes.ts'
import { draftCampaign } from './campaigns/campaign.ts'
import { changeCampaign, deleteCampaign } from './campaigns/change.ts'
import { createCampaignCursor } from './campaigns/cursor.ts'
import { seedDemoCampaign } from './campaigns/demo.ts'
import { nextRuns } from './campaigns/next-runs.ts'
import { createCampaignStore } from './campaigns/store.ts'
import type { Channels } from './channels/channel.ts'
import type { MarketingLog } from './log.ts'
import { createPostExpiry } from './posts/expire.ts'
import type { ReadPrice } from './posts/render.ts'
import { createPostStore, type OpenPosts } from './posts/store.ts'
import { createScheduler } from './scheduler.ts'
import { createPostSlot, tracePosts } from './sending/attempt.ts'
import { lockMsMax } from './sending/channel-lock.ts'
import { createPostClaims } from './sending/claims.ts'
import { createDuePosts, createDueSender } from './sending/dispatcher.ts'
import { createPostNow } from './sending/post-now.ts'
import { resolvePost } from './sending/resolve.ts'
import { retryMsMin } from './sending/retry-policy.ts'
import { createSendPost } from './sending/send.ts'

export interface MarketingOptions {
  readonly queries: Kysely<Schema>
  readonly recorder: Recorder
  readonly channels: Channels
  /** The plans whose price a message may tell. */
  readonly plans: readonly string[]
  readonly readPrice: ReadPrice
  readonly time: LedgerTime
  /** This process's own clock: for what the ledger keeps of a post, not for when one is due. */
  readonly now: () => number
  /** Milliseconds that never go back. */
  readonly monotonicNow?: () => number
  /** Something that no other call returned, of letters and digits, at most 64 characters. */
  readonly createId: () => string
  readonly log: MarketingLog
  readonly traces?: Traces
  /** How long after its slot, or the instant that it was put off to, a post may still leave. */
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

/** Campaigns, their schedule, and what became of their posts. */
export function createMarketing(options: MarketingOptions): Marketing {
  const { queries, recorder, channels, plans, readPrice, time, now, createId, log } = options
  const graceMs = options.graceMs ?? graceMsDefault
  const sendTimeoutMs = options.sendTimeoutMs ?? sendTimeoutMsDefault
  const monotonicNow = options.monotonicNow ?? (() => performance.now())
  /** Leaves as much again beside the send: for a commit, a stall. */
  const claimMs = 2 * sendTimeoutMs

  const offer = { channels, plans }
  const campaigns = createCampaignStore(queries)
  const cursor = createCampaignCursor(queries)
  const posts = createPostStore(queries)
  const window = { graceMs, retryMs: Math.max(graceMs, retryMsMin) }
  const claims = createPostClaims(queries, time, window)
  const expiry = createPostExpiry(queries, time, window)
  const duePosts = createDuePosts(queries, time)
  const lockMs = Math.min(claimMs, lockMsMax)
  const sendPost = createSendPost({
    claims,
    readPrice,
    monotonicNow,
    sendTimeoutMs,
    lockMs,
  })
  const plainPostSlot = createPostSlot({ claims, recorder, sendPost, lockMs, now, log })
  const postSlot = tracePosts(plainPostSlot, options.traces)
  const sending = { claims, postSlot, channels, monotonicNow, claimMs }
  const sender = createDueSender({ ...sending, duePosts, log })
  const tables = { queries, campaigns, cursor, posts }
  const scheduler = createScheduler({
    ...tables,
    expiry,
    duePosts,
    postSlot,
    sender,
    graceMs,
    time,
    log,
  })
  const changer = { ...tables, expiry, time, offer, graceMs }

  return {
    addRoutes: marketingRoutes({
      campaigns,
      posts,
      create: async (request) => {
        const instant = await time.read()
        const id = `campaign_${createId()}`
        await campaigns.insert(id, draftCampaign(request, offer, instant), instant)
        return campaigns.get(id)
      },
      change: (id, patch) => changeCampaign(changer, id, patch),
      remove: (id) => deleteCampaign(changer, id),
      nextRuns: async (campaign, count) => nextRuns(campaign, await time.read(), count),
      postNow: createPostNow({ ...tables, ...sending, time, createId }),
      resolve: (id, postId, resolution) =>
        resolvePost({ posts, claims, recorder, now }, id, postId, resolution),
    }),
    seedDemoCampaign: async () => seedDemoCampaign(campaigns, offer, await time.read()),
    start: scheduler.start,
    stop: scheduler.stop,
    tick: scheduler.tick,
    idle: scheduler.idle,
    countOpenPosts: posts.countOpen,
  }
}
