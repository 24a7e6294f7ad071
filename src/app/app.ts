import { randomUUID } from 'node:crypto'
import { createRecorder } from '../../instrumentation/business/recorder.ts'
import { createHttpDuration } from '../../instrumentation/process/http-duration.ts'
import { observeServiceHealth } from '../../instrumentation/process/service-health.ts'
import { traceCommits } from '../../instrumentation/traces/commit-span.ts'
import { createHttpSpan } from '../../instrumentation/traces/http-span.ts'
import manifest from '../../package.json' with { type: 'json' }
import { createPlans } from '../billing/plans.ts'
import { returnPages } from '../billing/return-pages.ts'
import { billingRoutes } from '../billing/routes.ts'
import type { Config } from '../config/config.ts'
import { createClock, createLedgerTime } from '../database/clock.ts'
import { readHealth } from '../health/read-health.ts'
import { healthRoutes } from '../health/routes.ts'
import { createApi } from '../http/api.ts'
import { requireApiKey } from '../http/api-key.ts'
import { measureRequests } from '../http/measure-requests.ts'
import { addOpenApi } from '../http/openapi.ts'
import { traceRequests } from '../http/trace-requests.ts'
import { ledgerRoutes } from '../ledger/api/routes.ts'
import { createDeadLetters } from '../ledger/dead-letters.ts'
import type { Logger } from '../log.ts'
import { describeError } from '../log.ts'
import { createChannels } from '../marketing/channels/registry.ts'
import { traceChannels } from '../marketing/channels/trace-channels.ts'
import { createMarketing, type MarketingOptions } from '../marketing/marketing.ts'
import { traceGateway } from '../stripe/client/trace-gateway.ts'
import { startLastWebhook } from '../stripe/sync/last-webhook.ts'
import type { SyncJobs } from '../stripe/sync/sync-jobs.ts'
import { createSyncState } from '../stripe/sync/sync-state.ts'
import type { receiveWebhook } from '../stripe/webhook/receive-webhook.ts'
import { webhookRoutes } from '../stripe/webhook/routes.ts'
import { openLedger, openLedgerDatabase } from './ledger.ts'
import { openCounters } from './metrics.ts'
import { startServers } from './servers.ts'
import { openStripe } from './stripe.ts'
import { openSyncJobs } from './sync.ts'

export interface AppDependencies {
  readonly log: Logger
  readonly now: () => number
  readonly fetch: typeof globalThis.fetch
  /** Where the console channel posts. */
  readonly print: (line: string) => void
  /** Called when the service may not go on: the process has to end. */
  readonly onFatal: (error: unknown) => void
  /** Stands in for the webhook's verb in the benchmark. */
  readonly receive?: typeof receiveWebhook
  /** How many facts may share a commit; 1 shows in the benchmark what sharing is worth. */
  readonly recordBatchMax?: number
  /** Other limits for posts than the service's own, for tests. */
  readonly marketing?: Pick<MarketingOptions, 'graceMs' | 'sendTimeoutMs'>
  /** How the sync jobs wait; by default in real time. */
  readonly pause?: (waitMs: number, signal: AbortSignal) => Promise<void>
}

export interface App {
  readonly apiUrl: string
  readonly metricsUrl: string
  /** The emulator's shop page; undefined with a Stripe key. */
  readonly shopUrl: string | undefined
  readonly syncJobs: Pick<SyncJobs, 'runSweep' | 'runReconcile'>
  /** Stops in the reverse order of the start: nothing that was accepted is lost. */
  stop(): Promise<void>
}

/** Builds the whole service and starts it. Returns once it listens with its counters restored. */
export async function startApp(config: Config, dependencies: AppDependencies): Promise<App> {
  const stack = new AsyncDisposableStack()
  try {
    const urls = await build(config, dependencies, stack)
    return { ...urls, stop: () => stack.disposeAsync() }
  } catch (cause) {
    await stack.disposeAsync()
    throw cause
  }
}

async function build(
  config: Config,
  dependencies: AppDependencies,
  stack: AsyncDisposableStack,
): Promise<Omit<App, 'stop'>> {
  const { log: startLog, now, fetch, print, onFatal, receive, recordBatchMax, pause } = dependencies
  const servers = await startServers(config, stack)

  // The ledger: what is true, and whose it is.
  const database = await openLedgerDatabase(config, startLog, stack)
  const { queries } = database
  const stripe = await openStripe(config, { log: startLog, now }, stack)
  const { emulator } = stripe
  const ledger = await openLedger(
    config,
    {
      database,
      gateway: stripe.gateway,
      now,
      log: startLog,
      onCommitted: (totals) => counters.appliedTotals.apply(totals),
      onFatal,
      recordBatchMax,
    },
    stack,
  )

  // The counters: what is shown of it, by the one process that speaks for it.
  const counters = await openCounters(
    config,
    { database, ledger, log: startLog, server: servers.metrics },
    stack,
  )
  const { telemetry, appliedTotals, plans, isLeader, traces, log } = counters
  stack.defer(() => ledger.idle())

  // What moves them: checkouts, webhooks, scheduled posts; traced where traces are sent somewhere.
  const gateway = traceGateway(stripe.gateway, traces)
  const recorder = createRecorder({ record: traceCommits(ledger.record, traces), plans })
  const catalogue = createPlans({ settings: config.plans, gateway, now })
  const marketing = createMarketing({
    queries,
    recorder,
    channels: traceChannels(createChannels(config.channels, { fetch, now, print }), traces),
    plans: config.plans.map(({ plan }) => plan),
    readPrice: catalogue.resolve,
    time: createLedgerTime(database, now),
    ...dependencies.marketing,
    now,
    createId: () => randomUUID().replaceAll('-', ''),
    log,
    traces,
  })

  const syncState = createSyncState(queries, createClock(database.engine, now))
  const syncJobs = openSyncJobs(config, {
    database,
    syncState,
    ledger,
    plans,
    gateway,
    isLeader,
    now,
    log,
    traces,
    pause,
  })
  const lastWebhook = startLastWebhook(syncState)
  stack.defer(lastWebhook.stop)
  observeServiceHealth(telemetry.service.meter, async () => ({
    ...(await readHealth(queries, syncState)),
    isLeader: isLeader(),
  }))

  // How others reach it.
  let isServing = true
  const api = createApi({
    createRequestId: randomUUID,
    onFault: (error, requestId) => log.error({ error: describeError(error), requestId }, 'failed'),
  })
  api.use('*', measureRequests(createHttpDuration(telemetry.service.meter)))
  if (traces.isOn) api.use('*', traceRequests(createHttpSpan(traces)))
  api.use('/v1/*', requireApiKey(config.apiKeys))
  const features = [
    healthRoutes({
      isServing: () => isServing,
      canExpose: () => appliedTotals.canExpose,
      readLedger: ledger.readTotals,
    }),
    billingRoutes({
      plans: catalogue,
      gateway,
      recorder,
      ledgerId: ledger.identity.ledgerId,
      returnPages: returnPages(config.checkout, config.publicUrl ?? servers.api.url, emulator?.url),
    }),
    webhookRoutes({
      recorder,
      ledgerId: ledger.identity.ledgerId,
      mode: config.mode,
      secrets: stripe.webhookSecrets,
      now,
      keepDeadLetter: createDeadLetters(queries, now).keep,
      noteLostEvents: syncJobs.noteLostEvents,
      onAccepted: lastWebhook.tick,
      ...(receive === undefined ? {} : { receive }),
    }),
    marketing.addRoutes,
    ledgerRoutes({
      queries,
      identity: ledger.identity,
      readTotals: ledger.readTotals,
      exposed: appliedTotals.exposed,
      isLeader,
      now,
    }),
  ]
  for (const addRoutes of features) addRoutes(api)
  addOpenApi(api, manifest.version)
  servers.api.open(api.fetch)
  stack.defer(servers.api.stop)

  // What happens by itself.
  const metricsUrl = `${servers.metrics.url}/metrics`
  if (emulator !== undefined) {
    const [apiKey] = config.apiKeys
    const apiUrl = servers.api.url
    const webhookUrl = `${apiUrl}/webhooks/stripe`
    emulator.connect({
      webhookUrl,
      apiUrl,
      metricsUrl,
      ...(apiKey === undefined ? {} : { apiKey }),
    })
    await marketing.seedDemoCampaign()
  }
  marketing.start()
  stack.defer(() => marketing.stop(config.shutdownTimeoutMs))
  syncJobs.start()
  stack.defer(() => syncJobs.stop())
  stack.defer(() => {
    isServing = false
  })
  return { apiUrl: servers.api.url, metricsUrl, shopUrl: emulator?.url, syncJobs }
}
