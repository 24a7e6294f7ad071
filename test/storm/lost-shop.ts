import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { type App, startApp } from '../../src/app.ts'
import { resolveConfig } from '../../src/config.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/start-sandbox.ts'
import { createAcknowledged } from './acknowledged.ts'
import { controlsOf, type StripeControls } from './fake-stripe.ts'
import { fetchOnce } from './fetch-once.ts'
import { sqlitePlace } from './ledger-place.ts'
import { judge, withoutInstance } from './oracle.ts'
import type { Random } from './random.ts'
import { createScrapes } from './scrapes.ts'

/** A service and its Stripe on one clock that the storm moves, in this process, over real HTTP. */
export interface LostShop {
  readonly stripe: StripeControls
  readonly clock: { nowMs: number }
  /** Undefined while the service is down. */
  readonly app: () => App | undefined
  start(): Promise<App>
  stop(): Promise<void>
  /** Starts a checkout, whatever becomes of it; answers its pay page if there was an answer. */
  checkout(plan: string): Promise<string | undefined>
  judge(): Promise<readonly string[]>
}

const never = '0 0 29 2 *'

export const openLostShop = async (
  parent: string,
  stack: AsyncDisposableStack,
  random: Random,
): Promise<LostShop> => {
  const folder = mkdtempSync(join(parent, 'shop-'))
  const clock = { nowMs: Date.UTC(2026, 5, 1, 12) + random.integer(0, 999) }
  const now = () => clock.nowMs
  const log = pino({ level: 'silent' })
  const sandbox: Sandbox = await startSandbox({
    host: '127.0.0.1',
    port: 0,
    file: join(folder, 'stripe.db'),
    now,
    random: random.fork().next,
    log: () => undefined,
  })
  stack.defer(() => sandbox.stop())
  const place = sqlitePlace(folder)
  const config = resolveConfig({
    PORT: '0',
    OTEL_EXPORTER_PROMETHEUS_PORT: '0',
    DATABASE_URL: place.url,
    STRIPE_SECRET_KEY: sandbox.secretKey,
    STRIPE_WEBHOOK_SECRET: sandbox.webhookSecret,
    STRIPE_API_BASE: sandbox.url,
    SWEEP_SCHEDULE: never,
    RECONCILE_SCHEDULE: never,
    SHUTDOWN_TIMEOUT: '2s',
  })
  const stripe = controlsOf(sandbox.url)
  const scrapes = createScrapes()
  let app: App | undefined
  const stop = async (): Promise<void> => {
    await app?.stop()
    app = undefined
  }
  stack.defer(stop)

  return {
    stripe,
    clock,
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
        pause: async (waitMs) => {
          clock.nowMs += waitMs
        },
      })
      app = started
      sandbox.connect({
        webhookUrl: `${started.apiUrl}/webhooks/stripe`,
        apiUrl: started.apiUrl,
        metricsUrl: started.metricsUrl,
      })
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
    judge: async () => {
      const page = await scrapes.read(app?.metricsUrl ?? '')
      const books = await place.readBooks()
      return judge({
        truth: await stripe.truth(books.genesisSeconds),
        confirmedPosts: new Set(),
        books,
        shown: withoutInstance(page ?? new Map()),
        acknowledged: createAcknowledged(),
        falls: scrapes.falls,
      })
    },
  }
}
