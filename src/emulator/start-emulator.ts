import type { HttpBindings } from '@hono/node-server'
import { listen } from '../http/server.ts'
import { createIdempotency } from './api/idempotency.ts'
import { takeTurn, type World } from './context.ts'
import { createFaults, type Faults } from './control/faults.ts'
import { createTruth } from './control/truth.ts'
import { pointWebhooksAt } from './objects/webhook-endpoint.ts'
import { type Connection, createServiceLink } from './pages/service-link.ts'
import { seedPrices } from './payments/prices.ts'
import { startClockwork } from './run-jobs.ts'
import { createServer } from './server.ts'
import { createIds, newSecret } from './store/ids.ts'
import { createTasks } from './store/jobs.ts'
import { openStore } from './store/store.ts'
import { retryDelaysMsDefault, startWebhooks } from './webhooks/deliver.ts'
import { createDeliveries } from './webhooks/deliveries.ts'
import { createHttpClient } from './webhooks/http-client.ts'

export interface SandboxOptions {
  readonly host: string
  /** 0 means any free port. */
  readonly port: number
  /** The sandbox's own SQLite file: objects, keys and undelivered webhooks survive a restart. */
  readonly file: string
  /** Milliseconds. */
  readonly now: () => number
  /** Numbers in [0, 1) that decide which faults happen; by default chance. */
  readonly random?: () => number
  readonly log: (message: string, detail?: object) => void
  readonly faults?: Partial<Faults>
  /** How long after each failed webhook attempt the next one follows; the last one repeats. */
  readonly retryDelaysMs?: readonly number[]
}

export interface Sandbox {
  readonly url: string
  readonly secretKey: string
  readonly webhookSecret: string
  /** Where webhooks go, and what the shop page calls from its server side. */
  connect(target: Connection): void
  stop(): Promise<void>
}

const stopTimeoutMs = 1_000

/** Starts a local stand-in for Stripe. Throws `database_unavailable` or `port_unavailable`. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { log } = options
  const store = openStore(options.file)
  let url = ''
  const world: World = {
    store,
    deliveries: createDeliveries(store),
    tasks: createTasks(store),
    truth: createTruth(store),
    faults: createFaults(options.faults ?? {}, options.random ?? Math.random),
    newId: createIds(),
    now: options.now,
    publicUrl: () => url,
  }
  const secretKey = store.keep('secret_key', () => newSecret('sk_test_', 32))
  const webhookSecret = store.keep('webhook_secret', () => newSecret('whsec_', 32))
  seedOnce(world)

  let connection: Connection | null = null
  let stopped: Promise<void> | undefined
  const clockwork = startClockwork(world, log)
  const client = createHttpClient()
  const webhooks = startWebhooks(world, {
    client,
    secret: webhookSecret,
    target: () => connection?.webhookUrl ?? null,
    retryDelaysMs: options.retryDelaysMs ?? retryDelaysMsDefault,
    log,
  })
  const app = createServer({
    world,
    idempotency: createIdempotency(store.database),
    catchUp: clockwork.run,
    link: createServiceLink(client, () => connection, world.publicUrl),
    log,
  })
  const closeAll = async () => {
    clockwork.stop()
    await webhooks.stop()
    store.close()
  }
  const server = await listen((request, env) => app.fetch(request, bindings(env)), {
    name: 'the sandbox',
    portSetting: 'SANDBOX_PORT',
    host: options.host,
    port: options.port,
  }).catch(async (cause) => {
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
      takeTurn(world, (turn) => pointWebhooksAt(turn, target.webhookUrl))
    },
    stop: () => {
      stopped ??= server.stop(stopTimeoutMs).then(closeAll)
      return stopped
    },
  }
}

function seedOnce(world: World): void {
  takeTurn({ ...world, faults: createFaults({}, () => 0) }, (turn) =>
    turn.store.keep('prices', () => {
      seedPrices(turn)
      return 'seeded'
    }),
  )
}

function bindings(env: unknown): HttpBindings {
  return env as HttpBindings
}
