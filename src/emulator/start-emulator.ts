import type { PlanSetting } from '../config/plans.ts'
import { type Fetch, listen } from '../http/server.ts'
import { createIdempotency } from './api/idempotency.ts'
import type { ApiRequest } from './api/serve.ts'
import { type EmulatorContext, runUnitOfWork } from './context.ts'
import { createApiVersions } from './control/api-versions.ts'
import { createFaults, type Faults } from './control/faults.ts'
import { createTruth } from './control/truth.ts'
import { pointWebhooksAt } from './objects/webhook-endpoint.ts'
import { type Connection, createServiceLink } from './pages/service-link.ts'
import { plansOrDefault, seedPrices } from './payments/seed-prices.ts'
import { startJobRunner } from './run-jobs.ts'
import { createServer } from './server.ts'
import { createIds, newSecret } from './store/ids.ts'
import { createJobs } from './store/jobs.ts'
import { openStore, type Store } from './store/store.ts'
import { retryDelaysMsDefault, startWebhooks } from './webhooks/deliver.ts'
import { createDeliveries } from './webhooks/deliveries.ts'
import { createHttpClient } from './webhooks/http-client.ts'

export interface EmulatorOptions {
  readonly host: string
  /** 0 means any free port. */
  readonly port: number
  /** The emulator's own SQLite file: objects, keys and undelivered webhooks survive a restart. */
  readonly file: string
  /** Milliseconds. */
  now(): number
  /** Random numbers in [0, 1) that decide which faults happen. */
  readonly random?: () => number
  readonly log: (message: string, detail?: object) => void
  readonly faults?: Partial<Faults>
  /** What is for sale; by default `starter`, `professional` and `enterprise`. */
  readonly plans?: readonly PlanSetting[]
  /** Called with each call of Stripe's API, for tests. */
  onRequest?(request: ApiRequest): void
  /** The delay after each failed webhook attempt; the last one repeats. */
  readonly retryDelaysMs?: readonly number[]
}

export interface Emulator {
  readonly url: string
  readonly secretKey: string
  readonly webhookSecret: string
  /** Sets where webhooks are sent, and what the shop page's server side calls. */
  connect(target: Connection): void
  stop(): Promise<void>
}

const stopTimeoutMs = 1_000

/** Starts the emulator, a local stand-in for Stripe. Throws `database_unavailable` or `port_unavailable`. */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { log, host } = options
  const store = openStore(options.file)
  let url = ''
  const context = openContext(options, store, () => url)
  const secretKey = store.keep('secret_key', () => newSecret('sk_test_', 32))
  const webhookSecret = store.keep('webhook_secret', () => newSecret('whsec_', 32))
  const plans = plansOrDefault(options.plans)
  seed(context, plans)

  let connection: Connection | null = null
  let stopped: Promise<void> | undefined
  const jobRunner = startJobRunner(context, log)
  const client = createHttpClient()
  const webhooks = startWebhooks(context, {
    client,
    secret: webhookSecret,
    target: () => connection?.webhookUrl ?? null,
    retryDelaysMs: options.retryDelaysMs ?? retryDelaysMsDefault,
    log,
  })
  const app = createServer({
    context,
    idempotency: createIdempotency(store.database),
    catchUp: jobRunner.run,
    host,
    link: createServiceLink(client, () => connection, context.publicUrl),
    plans,
    onRequest: options.onRequest,
    log,
  })
  const closeAll = async () => {
    jobRunner.stop()
    await webhooks.stop()
    store.close()
  }
  const address = { name: 'the emulator', portSetting: 'EMULATOR_PORT', host, port: options.port }
  const fetch: Fetch = (request, env) => app.fetch(request, env)
  const server = await listen(fetch, address).catch(async (cause) => {
    await closeAll()
    throw cause
  })
  url = server.url

  return {
    url,
    secretKey,
    webhookSecret,
    connect: (target) => {
      connection = target
      runUnitOfWork(context, (unit) => pointWebhooksAt(unit, target.webhookUrl))
    },
    stop: () => {
      stopped ??= server.stop(stopTimeoutMs).then(closeAll)
      return stopped
    },
  }
}

function openContext(
  { now, faults = {}, random = Math.random }: EmulatorOptions,
  store: Store,
  publicUrl: () => string,
): EmulatorContext {
  return {
    store,
    deliveries: createDeliveries(store),
    jobs: createJobs(store),
    truth: createTruth(store),
    faults: createFaults(faults, random),
    ...createApiVersions(store),
    newId: createIds(),
    now,
    publicUrl,
  }
}

/** Runs without faults, so that the plans exist from the beginning. */
function seed(context: EmulatorContext, plans: readonly PlanSetting[]): void {
  runUnitOfWork({ ...context, faults: createFaults({}, () => 0) }, (unit) =>
    seedPrices(unit, plans),
  )
}
