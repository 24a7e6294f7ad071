import { join } from 'node:path'
import { vi } from 'vitest'
import { createClock } from '../../src/database/clock.ts'
import { readDatabase } from '../../src/database/open.ts'
import {
  createSyncState,
  type SyncJobName,
  type SyncJobState,
} from '../../src/stripe/sync/sync-state.ts'
import { type FakeStripeApi, startFakeStripeApi } from './fake-stripe-api.ts'
import { startTestApp, type TestApp, type TestAppOptions, webhookSecret } from './start-test-app.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface ListedShop {
  readonly stripe: FakeStripeApi
  readonly environment: Readonly<Record<string, string>>
  app(): TestApp
  /** Ends the service and starts another one on the same ledger. */
  restart(options?: TestAppOptions): Promise<TestApp>
  job(name: SyncJobName): Promise<SyncJobState | undefined>
  keys(): Promise<readonly string[]>
}

const never = '0 0 29 2 *'
const hourMs = 3_600_000

/** How long before now the ledgers of these tests begin. */
export const ledgerAgeMs = 5 * hourMs

/** Settings with which no job runs by a schedule. */
export function environmentFor({ url }: Pick<FakeStripeApi, 'url'>, path: string) {
  return {
    DATABASE_URL: `sqlite:${path}`,
    STRIPE_SECRET_KEY: 'sk_test_listed',
    STRIPE_WEBHOOK_SECRET: webhookSecret,
    STRIPE_API_BASE: url,
    SWEEP_SCHEDULE: never,
    RECONCILE_SCHEDULE: never,
  }
}

/**
 * The service before a Stripe that can misbehave. Its ledger began five hours ago, and the first jobs
 * found nothing; others run when the test asks for them, and wait in no time.
 */
export async function openListedShop(options: TestAppOptions = {}): Promise<ListedShop> {
  const stripe = await startFakeStripeApi()
  const folder = temporaryFolder()
  const path = join(folder, 'ledger.db')
  const environment = environmentFor(stripe, path)
  const start = (more: TestAppOptions = options) =>
    startTestApp({
      folder,
      ...more,
      environment: { ...environment, ...more.environment },
      dependencies: { pause: () => Promise.resolve(), ...more.dependencies },
    })
  const read = async <T>(
    ask: (database: Awaited<ReturnType<typeof readDatabase>>) => Promise<T>,
  ) => {
    const database = await readDatabase({ engine: 'sqlite', path })
    try {
      return await ask(database)
    } finally {
      await database.close()
    }
  }
  const job = (name: SyncJobName) =>
    read(({ queries }) => createSyncState(queries, createClock('sqlite', Date.now)).read(name))

  stripe.now = () => Date.now() - ledgerAgeMs
  let app = await start()
  await vi.waitFor(
    async () => {
      for (const name of ['sweep', 'reconcile'] as const)
        if ((await job(name))?.report == null) throw new Error(`no ${name} yet`)
    },
    { timeout: 10_000 },
  )
  stripe.now = Date.now
  stripe.listCalls.length = 0
  return {
    stripe,
    environment,
    app: () => app,
    restart: async (more) => {
      await app.stop()
      app = await start(more)
      return app
    },
    job,
    keys: () =>
      read(async ({ queries }) => {
        const rows = await queries.selectFrom('facts').select('key').orderBy('key').execute()
        return rows.map(({ key }) => key)
      }),
  }
}
