import { withoutInstance } from '../../../support/read-series.ts'
import { until } from '../../../support/until.ts'
import { newPlace } from '../../harness/ledger-place.ts'
import type { Outcome, Scenario } from '../../harness/scenario.ts'
import { createScrapes } from '../../harness/scrapes.ts'
import { auditPosts } from './audit-posts.ts'
import { startChannels } from './channels.ts'
import {
  finishedCount,
  isAtRest,
  makeDue,
  messagesPerCampaign,
  readCounter,
  readPosts,
  resolve,
} from './posts.ts'
import { startReplicas } from './replicas.ts'

const slotsPerKill = 100
const restMsMax = 15 * 60_000

/** Due slots, several replicas that are killed at random, channels that fail at random. */
export const marketing: Scenario = {
  name: 'marketing',
  summary: 'replicas that post 100 due slots are killed; 429, 5xx, timeouts and resets at random',
  engines: ['postgres'],
  rounds: { small: 3, full: 100 },
  run: async (chaos) => {
    const place = await newPlace(chaos, chaos.folder)
    const channels = await startChannels(chaos)
    const replicas = await startReplicas(chaos, place, channels.url)
    const campaignCount = Math.ceil((chaos.rounds * slotsPerKill) / messagesPerCampaign)
    const slots = campaignCount * messagesPerCampaign
    await makeDue(replicas.anyApi, place, campaignCount)
    const scrapes = createScrapes()
    const watch = scrapes.watch(() => replicas.metricsUrls(), 200)

    for (let kill = 1; kill <= chaos.rounds; kill += 1) {
      const wanted = Math.floor((slots * 0.9 * kill) / chaos.rounds)
      await until(
        'posts to move on',
        async () => (await finishedCount(place)) >= Math.min(wanted, slots),
        restMsMax,
      )
      await replicas.killOne()
    }
    await until('every slot to be in a final state', () => isAtRest(place, slots), restMsMax)

    const before = await readPosts(place)
    const truth = await channels.truth()
    const unknown = before.filter(({ state }) => state === 'unknown')
    for (const post of unknown)
      await resolve(
        replicas.anyApi(),
        post,
        truth.posted[post.text] === undefined ? 'failed' : 'sent',
      )
    const after = await readPosts(place)
    const totals = await readCounter(place)
    let exposed = -1
    await until('the counter to be exposed', async () => {
      for (const url of replicas.metricsUrls()) {
        const page = withoutInstance((await scrapes.read(url)) ?? new Map())
        exposed = page.get('marketing_posts_total') ?? exposed
      }
      return exposed === totals.total
    })
    await watch.stop()
    const violations = auditPosts({
      before,
      after,
      truth,
      slots,
      exposed,
      kills: replicas.kills,
      ...totals,
    })
    const count = (state: string) => before.filter((post) => post.state === state).length
    return {
      figures: {
        processes: replicas.count,
        slots,
        kills: chaos.rounds,
        sent: count('sent'),
        failed: count('failed'),
        missed: count('missed'),
        unknown: unknown.length,
        'of them posted': unknown.filter(({ text }) => truth.posted[text] !== undefined).length,
        counter: exposed,
        'posted at the channels': Object.keys(truth.posted).length,
        requests: truth.requests,
        'told to wait': truth.refusals,
        '5xx, resets, timeouts': truth.breaks,
        early: truth.early.filter(({ byMs }) => byMs > 0).length,
        'early by a clock set forward': truth.early.filter(({ byMs }) => byMs <= 0).length,
        overlaps: truth.overlaps,
      },
      violations: [...violations, ...scrapes.falls],
    } satisfies Outcome
  },
}
