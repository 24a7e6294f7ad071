import { randomUUID } from 'node:crypto'
import type { Recorder } from '../../instrumentation/business/recorder.ts'
import type { Traces } from '../../instrumentation/traces/traces.ts'
import type { AddRoutes } from '../http/api.ts'
import type { Ledger } from '../ledger/record/ledger.ts'
import { type MarketingVerbs, marketingRoutes } from './api/routes.ts'
import { draftCampaign, type Offer } from './campaigns/campaign.ts'
import { changeCampaign, deleteCampaign } from './campaigns/change.ts'
import { seedDemoCampaign } from './campaigns/demo.ts'
import { nextRuns } from './campaigns/next-runs.ts'
import { openSlots } from './campaigns/open-slots.ts'
import { previewCampaign } from './campaigns/preview.ts'
import type { Channels } from './channels/channel.ts'
import type { MarketingLog } from './log.ts'
import type { PostWindow } from './posts/deadlines.ts'
import { createPostExpiry, type PostExpiry } from './posts/expire.ts'
import { createAddHold, showHolds } from './posts/holds.ts'
import type { ReadPrice } from './posts/render.ts'
import type { OpenPosts } from './posts/store.ts'
import { createScheduler } from './scheduler.ts'
import { createPostSlot, tracePosts } from './sending/attempt.ts'
import { lockMsMax } from './sending/channel-lock.ts'
import { createPostClaims } from './sending/claims.ts'
import { createDuePosts, createDueSender, type Sending } from './sending/dispatcher.ts'
import { createPostNow } from './sending/post-now.ts'
import { resolvePost } from './sending/resolve.ts'
import { retryMsMin } from './sending/retry-policy.ts'
import { createSendPost } from './sending/send.ts'
import { type MarketingTables, openTables } from './tables.ts'

export interface MarketingOptions {
  readonly ledger: Pick<Ledger, 'queries' | 'time' | 'hasFact'>
  readonly recorder: Recorder
  readonly channels: Channels
  readonly prices: Prices
  readonly system: MarketingSystem
  readonly log: MarketingLog
  readonly traces?: Traces
  readonly limits?: PostLimits
}

interface Prices {
  /** The plans whose price a message may name. */
  readonly plans: readonly string[]
  readonly read: ReadPrice
}

/** What marketing needs from the process. */
interface MarketingSystem {
  /** This process's own clock: for the timestamps of posts, not for when one is due. */
  readonly now: () => number
  /** A monotonic clock, in milliseconds. */
  readonly monotonicNow?: () => number
  /** A unique id of letters and digits, at most 64 characters. */
  readonly createId?: () => string
}

export interface PostLimits {
  /** How long after its slot, or the instant that it was deferred to, a post may still be sent. */
  readonly graceMs?: number
  /** Above 10 s, so that `fetch` distinguishes a connect timeout from a missing response. */
  readonly sendTimeoutMs?: number
}

export interface Marketing {
  readonly addRoutes: AddRoutes
  /** The use cases behind the routes. */
  readonly verbs: MarketingVerbs
  /** Creates a campaign that posts to the console every minute, unless a campaign exists. */
  seedDemoCampaign(): Promise<void>
  /** Starts posting what is due. */
  start(): void
  /**
   * Stops the schedule; resolves when running sends have ended, or after `timeoutMs`. A send that is still
   * running then stays `sending`, and becomes `unknown` past its deadline.
   */
  stop(timeoutMs?: number): Promise<void>
  /** One pass of the schedule, which `start` repeats; returns while sends are running. */
  tick(): Promise<void>
  /** Resolves when no send is running. */
  idle(): Promise<void>
  countOpenPosts(): Promise<OpenPosts>
}

const graceMsDefault = 10 * 60_000
const sendTimeoutMsDefault = 15_000

/** Campaigns, their schedule and their posts. */
export function createMarketing(options: MarketingOptions): Marketing {
  const { ledger, channels, prices, log } = options
  const { queries, time } = ledger
  const graceMs = options.limits?.graceMs ?? graceMsDefault
  const window = { graceMs, retryMs: Math.max(graceMs, retryMsMin) }
  const tables = openTables(queries)
  const expiry = createPostExpiry(queries, time, window)
  const duePosts = createDuePosts(queries, time)
  const sending = openSending(options, window)
  const offer = { channels, plans: prices.plans }
  const verbs = openVerbs(options, { tables, sending, expiry, offer, graceMs })
  const scheduler = createScheduler({
    cursor: tables.cursor,
    openSlots: (campaign, now) => openSlots({ ...tables, graceMs }, campaign, now),
    expiry,
    duePosts,
    postSlot: sending.postSlot,
    sender: createDueSender({ ...sending, duePosts, log }),
    time,
    log,
  })
  return {
    addRoutes: marketingRoutes(verbs),
    verbs,
    seedDemoCampaign: async () => seedDemoCampaign(tables.campaigns, offer, await time.read()),
    start: scheduler.start,
    stop: scheduler.stop,
    tick: scheduler.tick,
    idle: scheduler.idle,
    countOpenPosts: tables.posts.countOpen,
  }
}

function openSending(options: MarketingOptions, window: PostWindow): Sending {
  const { ledger, recorder, channels, prices, system, log, traces, limits } = options
  const { now, monotonicNow = () => performance.now() } = system
  const sendTimeoutMs = limits?.sendTimeoutMs ?? sendTimeoutMsDefault
  /** Twice the send timeout, which leaves time for a commit or a pause of the process. */
  const claimMs = 2 * sendTimeoutMs
  const lockMs = Math.min(claimMs, lockMsMax)
  const claims = createPostClaims(ledger.queries, ledger.time, window)
  const sendPost = createSendPost({
    claims,
    readPrice: prices.read,
    monotonicNow,
    sendTimeoutMs,
    lockMs,
  })
  const postSlot = createPostSlot({ claims, recorder, sendPost, lockMs, now, log })
  return { claims, postSlot: tracePosts(postSlot, traces), channels, monotonicNow, claimMs }
}

interface VerbParts {
  readonly tables: MarketingTables
  readonly sending: Sending
  readonly expiry: PostExpiry
  readonly offer: Offer
  readonly graceMs: number
}

function openVerbs(
  { ledger: { queries, time, hasFact }, recorder, prices, system }: MarketingOptions,
  { tables, sending, expiry, offer, graceMs }: VerbParts,
): MarketingVerbs {
  const { campaigns, posts } = tables
  const { now, createId = createRandomId } = system
  const changer = { ...tables, expiry, time, offer, graceMs }
  const addHold = createAddHold(queries, time)
  const postNow = createPostNow({ ...tables, sending, time, createId, hasFact })
  return {
    campaigns: {
      ...campaigns,
      preview: async (request) => previewCampaign(request, offer, prices.read, await time.read()),
    },
    posts: showHolds(posts, queries, time),
    create: async (request) => {
      const instant = await time.read()
      const id = `campaign_${createId()}`
      await campaigns.insert(id, draftCampaign(request, offer, instant), instant)
      return campaigns.get(id)
    },
    change: (id, patch) => changeCampaign(changer, id, patch),
    remove: (id) => deleteCampaign(changer, id),
    nextRuns: async (campaign, count) => nextRuns(campaign, await time.read(), count),
    postNow: async (id, key) => {
      const { post, isNew } = await postNow(id, key)
      return { post: await addHold(post), isNew }
    },
    resolve: (id, postId, resolution) =>
      resolvePost(
        { posts, claims: sending.claims, recorder, hasFact, now },
        id,
        postId,
        resolution,
      ),
  }
}

function createRandomId(): string {
  return randomUUID().replaceAll('-', '')
}
