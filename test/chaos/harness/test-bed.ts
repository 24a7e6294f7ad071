import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { type Acknowledged, createAcknowledged } from './acknowledged.ts'
import { type Balancer, startBalancer } from './balancer.ts'
import type { Query } from './books.ts'
import { type ChannelEnd, startChannel } from './channel.ts'
import { type FakeStripe, startFakeStripe } from './fake-stripe.ts'
import { fetchOnce } from './fetch-once.ts'
import { type LedgerPlace, newPlace } from './ledger-place.ts'
import { acknowledgedButMissing, foundAgain, judge, withoutInstance } from './oracle.ts'
import type { ChaosRun } from './scenario.ts'
import { createScrapes, type Scrapes } from './scrapes.ts'
import {
  mustBeReady,
  runEntry,
  type Service,
  type ServiceOptions,
  startService,
} from './service.ts'
import { until } from './wait.ts'

/** One shop: Stripe, a channel, a ledger, and the address that all know, in front of its replicas. */
export interface TestBed {
  readonly folder: string
  readonly stripe: FakeStripe
  readonly channel: ChannelEnd
  readonly balancer: Balancer
  readonly place: LedgerPlace
  readonly acknowledged: Acknowledged
  readonly scrapes: Scrapes
  /** What callers of this shop's service show. */
  readonly apiKey: string
  /** Aborted when the chaos is over: nobody calls any more. */
  readonly closing: AbortSignal
  /** Starts a replica; requests reach it once it is put behind the balancer. */
  start(options?: Partial<ServiceOptions>): Service
  /** Starts one and waits until it is ready. */
  startReady(options?: Partial<ServiceOptions>): Promise<ReadyService>
  /** Starts one, waits until it is ready and sends everything to it alone. */
  startAlone(options?: Partial<ServiceOptions>): Promise<ReadyService>
  /** Makes the campaign that posts are asked of; answers its id. */
  createCampaign(): Promise<string>
  /**
   * What was acknowledged since the last look and does not stand in the ledger that a kill left, or
   * only since a later time: a sweep finds much of what was lost.
   */
  lostByKill(): Promise<readonly string[]>
  /** The same beside a service that runs. */
  lostSoFar(): Promise<readonly string[]>
  /** What was acknowledged so far may be lost: the next look is for what comes from now on. */
  pardon(): void
  /** Runs a command of the service's, such as `recover`, to its end. */
  command(...args: readonly string[]): Promise<{ exitCode: number | null; text: string }>
  /** Judges again and again until nothing is broken or the time is over: rounds need theirs. */
  healed(metricsUrls: readonly string[], timeoutMs: number): Promise<readonly string[]>
  /** Waits until nothing moves any more, and judges what is then read from `metricsUrls`. */
  rest(metricsUrls: readonly string[]): Promise<readonly string[]>
}

export interface ReadyService extends Service {
  readonly apiUrl: string
  readonly metricsUrl: string
}

/** Ids, which have no quotes in them, as a list for SQL. */
function literals(ids: readonly string[]): string {
  return ['', ...ids].map((id) => `'${id}'`).join(', ')
}

const healPollMs = 250

const campaignSchema = z.object({ id: z.string() })

export interface TestBedOptions {
  /** False: Stripe delivers nothing by itself. */
  readonly webhooks?: boolean
  /** Where the ledger lives, where that is not a new place on the chaos's engine. */
  readonly place?: LedgerPlace
}

export async function createTestBed(
  chaos: ChaosRun,
  { webhooks = true, place: given }: TestBedOptions = {},
): Promise<TestBed> {
  const { stack } = chaos
  const folder = mkdtempSync(join(chaos.folder, 'bed-'))
  const acknowledged = createAcknowledged()
  const balancer = await startBalancer(stack, acknowledged)
  const stripe = await startFakeStripe(
    stack,
    folder,
    webhooks ? `${balancer.url}/webhooks/stripe` : undefined,
  )
  const channel = await startChannel(stack)
  const place = given ?? (await newPlace(chaos, folder))
  const scrapes = createScrapes()
  const apiKey = `chaos-${randomUUID()}`
  const closing = new AbortController()
  stack.defer(() => closing.abort())
  let looked = { keys: 0, posts: 0 }

  const settings = {
    DATABASE_URL: place.url,
    STRIPE_SECRET_KEY: stripe.secretKey,
    STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
    STRIPE_API_BASE: stripe.url,
    CHANNEL_NEWS: channel.address,
    PUBLIC_URL: balancer.url,
    OTEL_EXPORTER_PROMETHEUS_HOST: chaos.metricsHost,
    // A port that a kill set free may be another ledger's by the next request: it must refuse ours.
    API_KEYS: apiKey,
  }

  const start = (options: Partial<ServiceOptions> = {}): Service => {
    const environment = { ...settings, ...options.environment }
    return startService(stack, { folder, ...options, environment })
  }

  const startReady = async (options?: Partial<ServiceOptions>): Promise<ReadyService> => {
    const service = start(options)
    const addresses = await mustBeReady(service)
    void service.exited.then(() => balancer.drop(addresses.apiUrl))
    return { ...service, ...addresses }
  }

  const pardon = (): void => {
    looked = { keys: acknowledged.keys.size, posts: acknowledged.posts.size }
  }

  /** Looks for what was acknowledged since the last look; `rest` looks for all. */
  const readLost = async (query: Query): Promise<readonly string[]> => {
    const keys = [...acknowledged.keys].slice(looked.keys)
    const posts = [...acknowledged.posts].slice(looked.posts)
    pardon()
    const found = await query(
      `select key, evidence, recorded_at from facts where key in (${literals(keys)})
       or (counter = 'marketing_posts_total' and evidence in (${literals(posts)}))`,
    )
    const facts = found.map((row) => ({
      key: String(row.key),
      evidence: String(row.evidence),
      recordedAtMs: Number(row.recorded_at),
    }))
    const wanted = { keys: new Set(keys), posts: new Set(posts), at: acknowledged.at }
    return [...acknowledgedButMissing(wanted, { facts }), ...foundAgain(wanted, facts)]
  }

  const readExposed = async (urls: readonly string[]): Promise<ReadonlyMap<string, number>> => {
    let exposed: ReadonlyMap<string, number> = new Map()
    await until('a page with the business series', async () => {
      for (const url of urls) {
        const page = await scrapes.read(url)
        if (page !== undefined && page.size > 0) exposed = page
      }
      return exposed.size > 0
    })
    return withoutInstance(exposed)
  }

  /** A page between two readings of the ledger that agree: a post that waited may still go out. */
  const readAtRest = async (metricsUrls: readonly string[]) => {
    for (let before = await place.readBooks(); ; ) {
      const exposed = await readExposed(metricsUrls)
      const books = await place.readBooks()
      if (books.facts.length === before.facts.length) return { exposed, books }
      before = books
    }
  }

  const rest = async (metricsUrls: readonly string[]): Promise<readonly string[]> => {
    if (webhooks) await stripe.drained()
    const { exposed, books } = await readAtRest(metricsUrls)
    const truth = await stripe.truth(books.genesisSeconds)
    return judge({
      truth,
      confirmedPosts: channel.confirmed,
      books,
      exposed,
      acknowledged,
      falls: scrapes.falls,
    })
  }

  return {
    folder,
    stripe,
    channel,
    balancer,
    place,
    acknowledged,
    scrapes,
    apiKey,
    closing: closing.signal,
    start,
    startReady,
    startAlone: async (options) => {
      const service = await startReady(options)
      balancer.setTargets([service.apiUrl])
      return service
    },
    createCampaign: async () => {
      const answer = await fetchOnce(`${balancer.url}/v1/campaigns`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
        body: JSON.stringify({
          name: 'Chaos',
          messages: ['Our plans are out.'],
          cron: '0 0 1 1 *',
          channel: 'news',
        }),
      })
      return campaignSchema.parse(await answer.json()).id
    },
    pardon,
    lostSoFar: () => place.read((query) => readLost(query)),
    lostByKill: () => place.readDead((query) => readLost(query)),
    command: async (...args) => {
      const running = runEntry(stack, { folder, environment: settings }, args)
      const exitCode = await running.exited
      return { exitCode, text: running.outputText() + running.errorText() }
    },
    healed: async (metricsUrls, timeoutMs) => {
      const deadline = performance.now() + timeoutMs
      for (;;) {
        const violations = await rest(metricsUrls)
        if (violations.length === 0 || performance.now() > deadline) return violations
        await sleep(healPollMs)
      }
    },
    rest,
  }
}
