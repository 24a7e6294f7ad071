import { pino } from 'pino'
import { z } from 'zod'
import type { App } from '../../../../src/app/app.ts'
import { factsOf } from '../../../support/emulator-controls.ts'
import { fetchOnce } from '../../../support/fetch-once.ts'
import type { Random } from '../../../support/random.ts'
import { withoutInstance } from '../../../support/read-series.ts'
import { startTestApp, type TestApp } from '../../../support/start-test-app.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'
import { createAcknowledged, keyOfEvent } from '../../harness/acknowledged.ts'
import { audit } from '../../harness/audit.ts'
import { sqlitePlace } from '../../harness/ledger-place.ts'
import { createScrapes } from '../../harness/scrapes.ts'
import type { ClockedStripe, StripeProcess } from './clocked-stripe.ts'

/** A service, in this process, and its Stripe, in its own, on one clock that the scenario moves. */
export interface LostShop {
  readonly stripe: ClockedStripe
  readonly clock: { readonly nowMs: number; forward(ms: number): Promise<void> }
  /** Undefined while the service is down. */
  readonly app: () => App | undefined
  start(): Promise<App>
  stop(): Promise<void>
  /** Starts a checkout, whatever becomes of it; answers its pay page if there was an answer. */
  checkout(plan: string): Promise<string | undefined>
  /** What is in Stripe's lists of events and of Checkout Sessions, and not in the ledger: a sweep's work. */
  unswept(): Promise<readonly string[]>
  audit(): Promise<readonly string[]>
}

const never = '0 0 29 2 *'

const eventSchema = z.object({
  data: z.object({ object: z.object({ created: z.number().default(0) }) }),
})
const sessionSchema = z.object({ url: z.string() })

export async function openLostShop(
  parent: string,
  stack: AsyncDisposableStack,
  stripeProcess: StripeProcess,
  random: Random,
): Promise<LostShop> {
  const folder = temporaryFolder(stack, parent)
  let nowMs = Date.UTC(2026, 5, 1, 12) + random.integer(0, 999)
  const now = () => nowMs
  const log = pino({ level: 'silent' })
  const stripe = await stripeProcess.open(stack, {
    file: `${folder}/stripe.db`,
    nowMs,
    seed: random.integer(0, 0x7fffffff),
  })
  const forward = async (ms: number): Promise<void> => {
    nowMs += ms
    await stripe.setTime(nowMs)
  }
  const place = sqlitePlace(folder)
  const environment = {
    STRIPE_SECRET_KEY: stripe.secretKey,
    STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
    STRIPE_API_BASE: stripe.url,
    SWEEP_SCHEDULE: never,
    RECONCILE_SCHEDULE: never,
  }
  const onFatal = (error: unknown) => {
    throw error
  }
  const scrapes = createScrapes()
  let app: TestApp | undefined

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
      const dependencies = { log, now, onFatal, pause: forward }
      app = await startTestApp({ folder, environment, dependencies }, stack)
      await stripe.connect(app)
      return app
    },
    stop: async () => {
      await app?.stop()
      app = undefined
    },
    checkout: async (plan) => {
      const answer = await fetchOnce(`${app?.apiUrl}/v1/checkout-sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ plan }),
      })
      const body: unknown = await answer.json()
      return answer.status === 201 ? sessionSchema.parse(body).url : undefined
    },
    unswept: async () => {
      const { facts, genesisSeconds } = await place.readBooks()
      const known = new Set(facts.map(({ key }) => key))
      const events = await stripe.listEvents()
      const { checkouts } = await stripe.truth(genesisSeconds)
      const none = { count: 0, ids: [] }
      const payments = { success: none, failed: none, refunded: none }
      const listed = [
        ...events
          .filter((body) => createdOf(body) >= genesisSeconds)
          .flatMap((body) => keyOfEvent(body) ?? []),
        ...factsOf({ checkouts, payments }).keys(),
      ]
      return [...new Set(listed)].filter((key) => !known.has(key))
    },
    audit: async () => {
      const page = await scrapes.read(app?.metricsUrl ?? '')
      const books = await place.readBooks()
      return audit({
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
