import { vi } from 'vitest'
import { z } from 'zod'
import { createClock } from '../../src/database/clock.ts'
import type { Engine } from '../../src/database/engine.ts'
import { type DatabaseLocation, readDatabase } from '../../src/database/open.ts'
import { createStripeClient } from '../../src/stripe/client/client.ts'
import {
  createSyncState,
  type SyncJobName,
  type SyncJobState,
} from '../../src/stripe/sync/sync-state.ts'
import { controlsOf, factsOf, type PaymentOutcome } from './emulator-controls.ts'
import { urlOf } from './location.ts'
import { temporaryLocation } from './open-test-ledger.ts'
import { type AppWithStripe, startAppWithStripe, type TestAppOptions } from './start-test-app.ts'

export interface Shop {
  readonly location: DatabaseLocation
  readonly app: AppWithStripe
  /** Both Stripe's time and ours; it stands still unless it is moved. */
  readonly clock: { nowMs: number }
  readonly now: () => number
  readonly stripe: ReturnType<typeof createStripeClient>
  /** Called in the middle of every wait of a round. */
  readonly duringPause: { run: () => Promise<void> }
  fault(faults: object | null): Promise<void>
  /** Makes payments at Stripe. */
  pay(count: number, outcome: PaymentOutcome): Promise<void>
  checkout(plan: string): Promise<string>
  /** The keys of everything that really happened since the ledger began, as Stripe itself wrote it down. */
  truth(): Promise<readonly string[]>
  /** The keys and sources of the ledger's facts. */
  ledger(): Promise<readonly { key: string; source: string }[]>
  keys(): Promise<readonly string[]>
  round(name: SyncJobName): Promise<SyncJobState | undefined>
  /** The notice of lost events that waits for a reconcile. */
  pendingNotice(): Promise<number | undefined>
}

const never = '0 0 29 2 *'

/**
 * The service beside a Stripe that sends no webhooks until it is connected, on one clock that the test
 * moves. Sync jobs run when the test asks for them, after the first ones, which find nothing.
 */
export async function openShop(
  options: TestAppOptions & { readonly engine?: Engine } = {},
): Promise<Shop> {
  const location = await temporaryLocation(options.engine ?? 'sqlite')
  const clock = { nowMs: Date.UTC(2026, 5, 1, 12) }
  const duringPause = { run: () => Promise.resolve() }
  const now = () => clock.nowMs
  const pause = async (waitMs: number): Promise<void> => {
    clock.nowMs += waitMs
    await duringPause.run()
  }
  const app = await startAppWithStripe({
    ...options,
    environment: {
      SWEEP_SCHEDULE: never,
      RECONCILE_SCHEDULE: never,
      DATABASE_URL: urlOf(location),
      ...options.environment,
    },
    dependencies: { now, pause, ...options.dependencies },
    emulator: { now },
  })
  const began = Math.floor(clock.nowMs / 1000)

  const read = async <T>(
    ask: (database: Awaited<ReturnType<typeof readDatabase>>) => Promise<T>,
  ): Promise<T> => {
    const database = await readDatabase(location)
    try {
      return await ask(database)
    } finally {
      await database.close()
    }
  }
  const pendingNotice = () =>
    read(({ queries }) =>
      createSyncState(queries, createClock(location.engine, now)).pendingNotice(),
    )
  const round = (name: SyncJobName) =>
    read(({ queries }) => createSyncState(queries, createClock(location.engine, now)).read(name))
  const ledger = () =>
    read(({ queries }) =>
      queries.selectFrom('facts').select(['key', 'source']).orderBy('key').execute(),
    )
  const controls = controlsOf(app.emulator.url)

  await vi.waitFor(
    async () => {
      for (const name of ['sweep', 'reconcile'] as const)
        if ((await round(name))?.report == null) throw new Error(`no ${name} yet`)
    },
    { timeout: 10_000 },
  )
  return {
    location,
    app,
    clock,
    now,
    duringPause,
    stripe: createStripeClient({ secretKey: 'sk_test_shop', apiBase: app.emulator.url }),
    fault: controls.faults,
    pay: (count, outcome) => controls.pay(outcome, count),
    checkout: async (plan) => {
      const answer = await app.call('POST', '/v1/checkout-sessions', { plan })
      return z.object({ url: z.string() }).parse(await answer.json()).url
    },
    truth: async () => [...factsOf(await controls.truth(began)).keys()].toSorted(),
    ledger,
    keys: async () => (await ledger()).map(({ key }) => key).toSorted(),
    round,
    pendingNotice,
  }
}
