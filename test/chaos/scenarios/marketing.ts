import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Query } from '../harness/books.ts'
import { startFakeStripe } from '../harness/fake-stripe.ts'
import { type LedgerPlace, newPlace } from '../harness/ledger-place.ts'
import type { ChannelTruth } from '../harness/marketing-channels.ts'
import { judgePosts, type Kill, type PostEntry } from '../harness/marketing-oracle.ts'
import { withoutInstance } from '../harness/oracle.ts'
import { type Running, run } from '../harness/processes.ts'
import type { ChaosRun, Outcome, Scenario } from '../harness/scenario.ts'
import { createScrapes } from '../harness/scrapes.ts'
import { until } from '../harness/wait.ts'

const slotsPerKill = 100
const messagesPerCampaign = 20
const channelCount = 8
const restMsMax = 15 * 60_000

/** Due slots, several replicas that are killed at random, channels that fail at random. */
export const marketing: Scenario = {
  name: 'marketing',
  summary: '100 due slots for each kill -9 of a replica; 429, 5xx, timeouts and resets at random',
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
    const violations = judgePosts({
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

const startLine = z.object({ url: z.string() })

async function startChannels({ stack, folder, seed }: ChaosRun) {
  const script = new URL('../harness/marketing-channels.ts', import.meta.url).pathname
  const options = { command: process.execPath, args: [script, String(seed)], folder }
  const running = run(stack, { ...options, environment: {} })
  const line = await running.line((text) => text.startsWith('{"url"'))
  if (line === undefined) throw new Error(`the channels did not start: ${running.errorText()}`)
  const { url } = startLine.parse(JSON.parse(line))
  return {
    url,
    truth: async (): Promise<ChannelTruth> => {
      const answer = await fetch(`${url}/truth`)
      return truthSchema.parse(await answer.json())
    },
  }
}

const truthSchema = z.object({
  posted: z.record(z.string(), z.number()),
  requests: z.number(),
  refusals: z.number(),
  breaks: z.number(),
  early: z.array(
    z.object({
      byMs: z.number(),
      byMonotonicMs: z.number(),
      toldProcess: z.number(),
      toldAt: z.number(),
    }),
  ),
  overlaps: z.number(),
})

function addressesOf(url: string): Readonly<Record<string, string>> {
  const kinds = [
    (n: number) => `telegram://${1_000 + n}:${'t'.repeat(30)}@-100${n}`,
    (n: number) => `https://hooks.slack.com/services/T1/B${n}/${'s'.repeat(20)}`,
    (n: number) => `https://discord.com/api/webhooks/${n}/${'d'.repeat(30)}`,
    (n: number) => `${url}/generic/${n}#whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  ]
  return Object.fromEntries(
    Array.from({ length: channelCount }, (_, n) => [
      `CHANNEL_C${n}`,
      kinds[n % kinds.length]?.(n) ?? 'console:',
    ]),
  )
}

const readyLine = z.object({ api: z.string(), metrics: z.string() })

interface Replica {
  readonly running: Running
  readonly ready: Promise<z.infer<typeof readyLine>>
  urls?: z.infer<typeof readyLine>
}

async function startReplicas(chaos: ChaosRun, place: LedgerPlace, channelsUrl: string) {
  const { stack, folder, random } = chaos
  const stripe = await startFakeStripe(stack, folder, undefined)
  const script = new URL('../harness/marketing-replica.ts', import.meta.url).pathname
  const count = chaos.rounds >= 10 ? 5 : 2
  const environment = {
    DATABASE_URL: place.url,
    STRIPE_SECRET_KEY: stripe.secretKey,
    STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
    STRIPE_API_BASE: stripe.url,
    CHAOS_CHANNELS: channelsUrl,
    PORT: '0',
    OTEL_EXPORTER_PROMETHEUS_HOST: chaos.metricsHost,
    OTEL_EXPORTER_PROMETHEUS_PORT: '0',
    LOG_LEVEL: 'silent',
    ...addressesOf(channelsUrl),
  }
  const start = (): Replica => {
    const running = run(stack, { command: process.execPath, args: [script], folder, environment })
    const ready = running
      .line((line) => line.includes('"msg":"ready"'))
      .then((line) => {
        if (line === undefined) throw new Error(`a replica ended: ${running.errorText()}`)
        return readyLine.parse(JSON.parse(line))
      })
    const replica: Replica = { running, ready }
    ready.then(
      (urls) => {
        replica.urls = urls
      },
      () => undefined,
    )
    return replica
  }
  const replicas = Array.from({ length: count }, start)
  const kills: Kill[] = []
  for (const { ready } of replicas) await ready
  const urls = () => replicas.flatMap((one) => (one.urls === undefined ? [] : [one.urls]))
  return {
    count,
    kills,
    anyApi: (): string => urls()[0]?.api ?? '',
    metricsUrls: () => urls().map(({ metrics }) => metrics),
    /** Ends one at random by `kill -9`; another takes its place. */
    killOne: async (): Promise<void> => {
      const at = random.integer(0, replicas.length - 1)
      await sleep(random.integer(0, 30))
      const pid = replicas[at]?.running.child.pid
      if (pid !== undefined) kills.push({ process: pid, at: Date.now() })
      await replicas[at]?.running.end('SIGKILL')
      replicas[at] = start()
      if (urls().length < 2) await replicas[at]?.ready
    },
  }
}

const created = z.object({ id: z.string() })

/** Campaigns whose 20 slots, with a text of its own for each, came up yesterday. */
async function makeDue(anyApi: () => string, place: LedgerPlace, campaignCount: number) {
  const hour = new Date(Date.now() - 24 * 3_600_000)
  hour.setUTCMinutes(0, 0, 0)
  const cron = `0-${messagesPerCampaign - 1} ${hour.getUTCHours()} ${hour.getUTCDate()} ${hour.getUTCMonth() + 1} *`
  for (let campaign = 0; campaign < campaignCount; campaign += 1) {
    const answer = await fetch(`${anyApi()}/v1/campaigns`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        name: `ChaosRun ${campaign}`,
        messages: Array.from(
          { length: messagesPerCampaign },
          (_, message) => `campaign ${campaign}, message ${message}`,
        ),
        cron,
        channel: `c${campaign % channelCount}`,
      }),
    })
    created.parse(await answer.json())
  }
  await place.read(async (query) =>
    query(
      `update campaigns set slots_through = ${hour.getTime() - 1}, next_slot_at = ${hour.getTime()}`,
    ),
  )
}

async function countOf(query: Query, where: string): Promise<number> {
  return Number((await query(`select count(*) as n from posts where ${where}`))[0]?.n)
}

function finishedCount(place: LedgerPlace): Promise<number> {
  return place.read((query) => countOf(query, `state in ('sent', 'failed', 'unknown', 'missed')`))
}

function isAtRest(place: LedgerPlace, slots: number): Promise<boolean> {
  return place.read(async (query) => {
    const open = await countOf(query, `state in ('due', 'sending')`)
    return open === 0 && (await countOf(query, 'true')) === slots
  })
}

function readPosts(place: LedgerPlace): Promise<readonly PostEntry[]> {
  return place.read(async (query) =>
    (await query('select id, campaign_id, slot_key, state, text from posts')).map((row) => ({
      id: String(row.id),
      campaignId: String(row.campaign_id),
      slotKey: String(row.slot_key),
      state: String(row.state),
      text: String(row.text),
    })),
  )
}

function readCounter(place: LedgerPlace) {
  return place.read(async (query) => {
    const [facts] = await query(
      `select count(*) as n from facts where counter = 'marketing_posts_total'`,
    )
    const [totals] = await query(
      `select sum(total) as n from totals where counter = 'marketing_posts_total'`,
    )
    return { facts: Number(facts?.n), total: Number(totals?.n) }
  })
}

async function resolve(api: string, post: PostEntry, as: 'sent' | 'failed'): Promise<void> {
  const answer = await fetch(`${api}/v1/campaigns/${post.campaignId}/posts/${post.id}/resolve`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ as }),
  })
  if (!answer.ok) throw new Error(`the resolving was answered ${answer.status}`)
}
