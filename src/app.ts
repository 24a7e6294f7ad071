import { randomBytes, randomUUID } from 'node:crypto'
import { createHttpDuration } from '../instrumentation/http-duration.ts'
import { createRecorder } from '../instrumentation/recorder.ts'
import { createScrape } from '../instrumentation/scrape.ts'
import { createSettlement } from '../instrumentation/settlement.ts'
import { startTelemetry } from '../instrumentation/telemetry.ts'
import manifest from '../package.json' with { type: 'json' }
import { createPlans } from './billing/plans.ts'
import { returnPages } from './billing/return-pages.ts'
import { billingRoutes } from './billing/routes.ts'
import type { Config } from './config.ts'
import { migrate } from './database/migrate.ts'
import { openDatabase } from './database/open.ts'
import { describeError } from './describe-error.ts'
import { AppError } from './errors.ts'
import { healthRoutes } from './health.ts'
import { createApi } from './http/api.ts'
import { requireApiKey } from './http/api-key.ts'
import { measureRequests } from './http/measure-requests.ts'
import { addOpenApi } from './http/openapi.ts'
import { listen } from './http/server.ts'
import { openIdentity, tieAccount } from './ledger/identity.ts'
import { createLedger } from './ledger/ledger.ts'
import { createUnreadableEvents } from './ledger/unreadable-events.ts'
import type { Logger } from './log.ts'
import { createChannels } from './marketing/channels/registry.ts'
import { createMarketing } from './marketing/marketing.ts'
import { openStripe } from './open-stripe.ts'
import { lookUpAccount } from './stripe/look-up-account.ts'
import type { receiveWebhook } from './stripe/receive-webhook.ts'
import { webhookRoutes } from './stripe/routes.ts'

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
}

export interface App {
  readonly apiUrl: string
  readonly metricsUrl: string
  /** The sandbox's shop page; undefined with a Stripe key. */
  readonly shopUrl: string | undefined
  /** Stops in the reverse order of the start: nothing that was accepted is lost. */
  stop(): Promise<void>
}

const scrapeTimeoutMs = 5_000
const accountWaitMs = 1_500

/** Builds the whole service and starts it. Returns once it listens with its counters restored. */
export const startApp = async (config: Config, dependencies: AppDependencies): Promise<App> => {
  const stack = new AsyncDisposableStack()
  try {
    const urls = await build(config, dependencies, stack)
    return { ...urls, stop: () => stack.disposeAsync() }
  } catch (cause) {
    await stack.disposeAsync()
    throw cause
  }
}

const build = async (
  config: Config,
  { log, now, fetch, print, onFatal, receive, recordBatchMax }: AppDependencies,
  stack: AsyncDisposableStack,
): Promise<Omit<App, 'stop'>> => {
  const { shutdownTimeoutMs } = config

  // The ledger: what is true, and whose it is.
  const database = openDatabase(config.database)
  stack.defer(() => database.close())
  const { queries } = database
  await migrate(queries, database.engine)
  const { gateway, webhookSecrets, sandbox } = await openStripe(config, { log, now })
  if (sandbox !== undefined) stack.defer(() => sandbox.stop())
  const lookup = lookUpAccount(gateway, log)
  stack.defer(() => lookup.stop())
  const account = await lookup.within(accountWaitMs)
  const identity = await openIdentity(queries, {
    population: config.population,
    account: account?.id ?? null,
    now: account?.stripeNow ?? now(),
    createLedgerId: () => randomBytes(4).toString('hex'),
  })
  lookup.onceKnown(({ id }) => void tieAccount(queries, id).catch(onFatal))

  // The counters: what is shown of it.
  const telemetry = startTelemetry({
    serviceName: config.serviceName,
    serviceVersion: manifest.version,
    instanceId: randomUUID(),
    resourceAttributes: config.resourceAttributes,
    warn: (message, detail) => log.warn({ detail }, message),
  })
  stack.defer(() => telemetry.stop())
  const ledger = createLedger({
    database,
    identity,
    now,
    onCommitted: (totals) => settlement.settle(totals),
    ...(recordBatchMax === undefined ? {} : { batchMax: recordBatchMax }),
  })
  const plansOnSale = config.plans.map(({ plan }) => plan)
  const plans = [...new Set([...plansOnSale, ...(await ledger.readPlans())])]
  const settlement = createSettlement(telemetry.business.meter, plans)
  const settle = async (): Promise<void> => {
    if (!(await settlement.settleFrom(ledger.readTotals)))
      throw new AppError(
        'ledger_fell',
        'the ledger holds less than was already shown: it was put back from an older state',
      )
  }
  await settle()
  const scrape = createScrape({
    settle,
    readers: [telemetry.business.reader, telemetry.service.reader],
    timeoutMs: scrapeTimeoutMs,
    onRefused: (reason) => log.error({ reason }, 'a scrape was refused'),
  })
  const metricsServer = await listen(scrape, {
    name: 'the scrape endpoint',
    portSetting: 'OTEL_EXPORTER_PROMETHEUS_PORT',
    ...config.metrics,
  })
  stack.defer(() => metricsServer.stop(shutdownTimeoutMs))
  stack.defer(() => ledger.idle())

  // What moves them: checkouts, webhooks, scheduled posts.
  const recorder = createRecorder({ record: ledger.record, plans })
  const marketing = createMarketing({
    queries,
    recorder,
    channels: createChannels(config.channels, { fetch, now, print }),
    now,
    createId: () => randomUUID().replaceAll('-', ''),
    log,
  })
  const unreadableEvents = createUnreadableEvents(queries, now)
  const api = createApi({
    createRequestId: randomUUID,
    onFault: (error, requestId) => log.error({ error: describeError(error), requestId }, 'failed'),
  })
  let publicUrl = config.publicUrl ?? ''
  let isServing = true
  api.use('*', measureRequests(createHttpDuration(telemetry.service.meter)))
  api.use('/v1/*', requireApiKey(config.apiKeys))
  const features = [
    healthRoutes({
      isServing: () => isServing,
      canSpeak: () => settlement.canSpeak,
      readLedger: ledger.readTotals,
    }),
    billingRoutes({
      plans: createPlans({ settings: config.plans, gateway, now }),
      gateway,
      recorder,
      ledgerId: identity.ledgerId,
      returnPages: () => returnPages(config.checkout, publicUrl, sandbox?.url),
    }),
    webhookRoutes({
      recorder,
      ledgerId: identity.ledgerId,
      population: config.population,
      secrets: webhookSecrets,
      now,
      keepAside: unreadableEvents.keep,
      ...(receive === undefined ? {} : { receive }),
    }),
    marketing.addRoutes,
  ]
  for (const addRoutes of features) addRoutes(api)
  addOpenApi(api, manifest.version)

  const apiServer = await listen(api.fetch, {
    name: 'the API',
    portSetting: 'PORT',
    host: config.host,
    port: config.port,
  })
  stack.defer(() => apiServer.stop(shutdownTimeoutMs))
  publicUrl ||= apiServer.url
  sandbox?.connect({
    webhookUrl: `${apiServer.url}/webhooks/stripe`,
    apiUrl: apiServer.url,
    metricsUrl: `${metricsServer.url}/metrics`,
    ...(config.apiKeys[0] === undefined ? {} : { apiKey: config.apiKeys[0] }),
  })
  if (sandbox !== undefined) await marketing.seedDemoCampaign()
  marketing.start()
  stack.defer(() => marketing.stop(shutdownTimeoutMs))
  stack.defer(() => {
    isServing = false
  })
  return {
    apiUrl: apiServer.url,
    metricsUrl: `${metricsServer.url}/metrics`,
    shopUrl: sandbox?.url,
  }
}
