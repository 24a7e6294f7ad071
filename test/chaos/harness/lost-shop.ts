import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { z } from 'zod'
import { type App, startApp } from '../../../src/app/app.ts'
import { resolveConfig } from '../../../src/config/config.ts'
import { createAcknowledged, keyOfEvent } from './acknowledged.ts'
import { fetchOnce } from './fetch-once.ts'
import { sqlitePlace } from './ledger-place.ts'
import type { ClockedStripe, StripeProcess } from './lost-stripe.ts'
import { judge, withoutInstance } from './oracle.ts'
import type { Random } from './random.ts'
import { createScrapes } from './scrapes.ts'

/** A service, in this process, and its Stripe, in its own, on one clock that the chaos moves. */
export interface LostShop {
  readonly stripe: ClockedStripe
  readonly clock: { readonly nowMs: number; forward(ms: number): Promise<void> }
  /** Undefined while the service is down. */
  readonly app: () => App | undefined
  start(): Promise<App>
  stop(): Promise<void>
  /** Starts a checkout, whatever becomes of it; answers its pay page if there was an answer. */
  checkout(plan: string): Promise<string | undefined>
  /** What Stripe's lists of events and of Checkout Sessions tell, and the ledger lacks: a sweep's work. */
  unswept(): Promise<readonly string[]>
  judge(): Promise<readonly string[]>
}

const never = '0 0 29 2 *'

const eventSchema = z.object({
  data: z.object({ object: z.object({ created: z.number().default(0) }) }),
})

export async function openLostShop(
  parent: string,
  stack: AsyncDisposableStack,
  stripeProcess: StripeProcess,
  random: Random,
): Promise<LostShop> {
  const folder = mkdtempSync(join(parent, 'shop-'))
  let nowMs = Date.UTC(2026, 5, 1, 12) + random.integer(0, 999)
  const now = () => nowMs
  const log = pino({ level: 'silent' })
  const stripe = await stripeProcess.open(stack, {
    file: join(folder, 'stripe.db'),
    nowMs,
    seed: random.integer(0, 0x7fffffff),
  })
  const forward = async (ms: number): Promise<void> => {
    nowMs += ms
    await stripe.tellTime(nowMs)
  }
  const place = sqlitePlace(folder)
  const config = resolveConfig({
    PORT: '0',
    OTEL_EXPORTER_PROMETHEUS_PORT: '0',
    DATABASE_URL: place.url,
    STRIPE_SECRET_KEY: stripe.secretKey,
    STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
    STRIPE_API_BASE: stripe.url,
    SWEEP_SCHEDULE: never,
    RECONCILE_SCHEDULE: never,
    SHUTDOWN_TIMEOUT: '2s',
  })
  const scrapes = createScrapes()
  let app: App | undefined
  const stop = async (): Promise<void> => {
    await app?.stop()
    app = undefined
  }
  stack.defer(stop)

  return {
    stripe,
    clock: {
      get nowMs() {
        return nowMs
      },
      forward,
    },
    app: () => app,
    start: async () => {
      const started = await startApp(config, {
        log,
        now,
        fetch: globalThis.fetch,
        print: () => undefined,
        onFatal: (error) => {
          throw error
        },
        pause: forward,
      })
      app = started
      await stripe.connect(started)
      return started
    },
    stop,
    checkout: async (plan) => {
      const answer = await fetchOnce(`${app?.apiUrl}/v1/checkout-sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ plan }),
      })
      const body: unknown = await answer.json()
      if (answer.status !== 201 || typeof body !== 'object' || body === null) return undefined
      return 'url' in body ? String(body.url) : undefined
    },
    unswept: async () => {
      const { facts, genesisSeconds } = await place.readBooks()
      const known = new Set(facts.map(({ key }) => key))
      const events = await stripe.listEvents()
      const { checkouts } = await stripe.truth(genesisSeconds)
      const told = [
        ...events
          .filter((body) => createdOf(body) >= genesisSeconds)
          .flatMap((body) => keyOfEvent(body) ?? []),
        ...Object.values(checkouts).flatMap(({ ids }) => ids.map((id) => `checkout:${id}`)),
      ]
      return [...new Set(told)].filter((key) => !known.has(key))
    },
    judge: async () => {
      const page = await scrapes.read(app?.metricsUrl ?? '')
      const books = await place.readBooks()
      return judge({
        truth: await stripe.truth(books.genesisSeconds),
        confirmedPosts: new Set(),
        books,
        exposed: withoutInstance(page ?? new Map()),
        acknowledged: createAcknowledged(),
        falls: scrapes.falls,
      })
    },
  }
}

function createdOf(body: string): number {
  return eventSchema.parse(JSON.parse(body)).data.object.created
}
