import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { openReceiver, type Receiver } from '../../support/channel-receiver.ts'
import { type EmulatorProcess, startEmulatorProcess } from '../../support/emulator-process.ts'
import { fetchOnce } from '../../support/fetch-once.ts'
import { withoutInstance } from '../../support/read-series.ts'
import {
  mustBeReady,
  runEntry,
  type Service,
  type ServiceOptions,
  startService,
} from '../../support/service.ts'
import { until } from '../../support/until.ts'
import { type Acknowledged, createAcknowledged } from './acknowledged.ts'
import { audit } from './audit.ts'
import { type Balancer, startBalancer } from './balancer.ts'
import { type LedgerPlace, newPlace } from './ledger-place.ts'
import { watchLosses } from './losses.ts'
import type { ChaosRun } from './scenario.ts'
import { createScrapes, type Scrapes } from './scrapes.ts'

/** One shop: Stripe, a channel, a ledger, and the address that all know, in front of its replicas. */
export interface TestBed {
  readonly folder: string
  readonly stripe: EmulatorProcess
  readonly channel: Receiver
  readonly balancer: Balancer
  readonly place: LedgerPlace
  readonly acknowledged: Acknowledged
  readonly scrapes: Scrapes
  /** The API key of this shop's service. */
  readonly apiKey: string
  /** The settings of this shop's service. */
  readonly settings: Readonly<Record<string, string>>
  /** Aborted when the run is over: nobody calls any more. */
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
  excuseLosses(): void
  /** Runs a command of the service's, such as `recover`, to its end. */
  command(...args: readonly string[]): Promise<{ exitCode: number | null; text: string }>
  /** Audits again and again until nothing is broken or the time is over: sync jobs need theirs. */
  healed(metricsUrls: readonly string[], timeoutMs: number): Promise<readonly string[]>
  /** Waits until nothing moves any more, and audits what is then read from `metricsUrls`. */
  rest(metricsUrls: readonly string[]): Promise<readonly string[]>
}

export interface ReadyService extends Service {
  readonly apiUrl: string
  readonly metricsUrl: string
}

const healPollMs = 250

const campaignSchema = z.object({ id: z.string() })

export interface TestBedOptions {
  /** False: Stripe delivers nothing by itself. */
  readonly webhooks?: boolean
  /** Where the ledger lives, where that is not a new place on the run's engine. */
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
  const stripe = await startEmulatorProcess(stack, [
    `--file=${join(folder, 'stripe.db')}`,
    ...(webhooks ? [`--webhook-url=${balancer.url}/webhooks/stripe`] : []),
  ])
  const channel = await openReceiver(stack)
  const place = given ?? (await newPlace(chaos, folder))
  const scrapes = createScrapes()
  const apiKey = `chaos-${randomUUID()}`
  const closing = new AbortController()
  stack.defer(() => closing.abort())

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

  const losses = watchLosses(acknowledged)

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
    return audit({
      truth,
      confirmedPosts: new Set(channel.taken.keys()),
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
    settings,
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
    excuseLosses: losses.excuse,
    lostSoFar: () => place.read(losses.read),
    lostByKill: () => place.readDead(losses.read),
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
