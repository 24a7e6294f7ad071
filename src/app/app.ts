import { resolve } from 'node:path'
import { observeServiceHealth } from '../../instrumentation/process/service-health.ts'
import type { Alerter } from '../alerts/alerter.ts'
import { createPlans } from '../billing/plans.ts'
import type { Config } from '../config/config.ts'
import { type LedgerDatabase, openDatabase } from '../database/open.ts'
import { noteSharedFolders } from '../database/shared-folder.ts'
import { readHealth } from '../health/read-health.ts'
import { refuseLostFile } from '../ledger/leader/lost-file.ts'
import { openExposition, openHighWaterMark } from '../ledger/leader/open-exposition.ts'
import { lookUpAccount } from '../stripe/client/look-up-account.ts'
import type { SyncJobs } from '../stripe/sync/sync-jobs.ts'
import { createSyncState } from '../stripe/sync/sync-state.ts'
import { withSignal } from '../time/with-timeout.ts'
import { openAlerts } from './alerts.ts'
import { createHandler } from './api.ts'
import { openLiveUpdates } from './console.ts'
import { type Core, createCore } from './core.ts'
import { openCounters, scrapeOf } from './counters.ts'
import type { AppDependencies } from './dependencies.ts'
import { openFactStreams } from './fact-streams.ts'
import { openLedger, openLedgerIdentity, prepareDatabase } from './ledger.ts'
import { openMarketing } from './marketing.ts'
import { startOtlp } from './otlp.ts'
import type { Keep, StartedParts } from './parts.ts'
import { guardMetrics, startApiServer, startMetricsServer } from './servers.ts'
import { runStopSteps } from './stop.ts'
import { drain, stopSteps } from './stop-steps.ts'
import { connectEmulator, openStripe } from './stripe.ts'
import { openSyncJobs } from './sync.ts'
import { observeWebhooks } from './webhooks.ts'

export type { AppDependencies }

export interface App {
  readonly apiUrl: string
  readonly metricsUrl: string
  /** The emulator's shop page; undefined with a Stripe key. */
  readonly shopUrl: string | undefined
  readonly syncJobs: Pick<SyncJobs, 'runSweep' | 'runReconcile'>
  /** Undefined without `ALERT_CHANNEL`. */
  readonly alerts: Pick<Alerter, 'look'> | undefined
  /**
   * Runs the stop steps. Idempotent. Nothing that was accepted is lost. Before that the service is not ready for
   * `drainDelayMs` and answers all the same, until load balancers have noticed.
   */
  stop(drainDelayMs?: number): Promise<void>
}

/**
 * Builds and starts the whole service. Returns once it is ready, with its counters restored. If the start fails
 * or is aborted by `stopSignal`, everything that had been started is stopped.
 */
export async function startApp(
  config: Config,
  dependencies: AppDependencies,
  stopSignal: AbortSignal = new AbortController().signal,
): Promise<App> {
  const parts: StartedParts = {}
  const keep: Keep = (name, part) => {
    parts[name] = part
    stopSignal.throwIfAborted()
    return part
  }
  let stopping: Promise<void> | undefined
  const stop = (drainDelayMs = 0): Promise<void> => {
    stopping ??= drain(parts, drainDelayMs).then((drainedMs) =>
      runStopSteps(stopSteps(parts), dependencies.log, config.shutdownTimeoutMs - drainedMs),
    )
    return stopping
  }
  try {
    const started = await withSignal(start(config, dependencies, keep), stopSignal)
    return { ...started, stop }
  } catch (cause) {
    await stop().catch(() => undefined)
    throw cause
  }
}

/** What is built, in this order. `keep` registers what the stop steps end. */
async function start(
  config: Config,
  dependencies: AppDependencies,
  keep: Keep,
): Promise<Omit<App, 'stop'>> {
  const { log, now } = dependencies
  const note = (message: string) => log.warn(message)
  for (const warning of config.warnings) log.warn({ warning }, 'check this setting')

  // Both servers listen and respond "not ready".
  const api = keep('api', await startApiServer(config))
  const metrics = keep('metrics', await startMetricsServer(config))
  const urls = { apiUrl: api.url, metricsUrl: `${metrics.url}/metrics` }

  // The database and its tables, Stripe or the emulator, and the ledger's identity.
  if (config.database.engine === 'sqlite') refuseLostFile(config.database)
  const database = keep('database', await openDatabase(config.database, note))
  await prepareDatabase(database, log)
  const stripe = keep('stripe', await openStripe(config, dependencies))
  const account = keep('account', lookUpAccount(stripe.gateway, log))
  noteSharedFolders(privateFiles(config, database), note)
  const identity = await openLedgerIdentity(config, dependencies, database, account, stripe.clock)

  // The counters, restored to the committed totals, and their exports: push and scrape.
  const counters = keep('counters', await openCounters(config, dependencies, database, identity))
  const { telemetry, plans, appliedTotals, processId } = counters
  const highWaterMark = openHighWaterMark(database, log)
  const exposing = { database, appliedTotals, processId, highWaterMark, log }
  const ledger = keep('ledger', openLedger(dependencies, database, identity, exposing))
  const { exposition } = keep('leader', await openExposition({ ledger, ...exposing }))
  const { traces } = keep('otlp', await startOtlp(config, { telemetry, ledger, exposition, log }))
  metrics.open(guardMetrics(config, scrapeOf(config, counters, exposition, log)))

  // What moves the counters: webhooks, checkouts, sync jobs, posts.
  const { gateway } = stripe
  const core = createCore(config, dependencies, { ledger, exposition, gateway, plans, traces })
  const syncState = createSyncState(ledger.queries, ledger.time.now)
  const syncParts = { syncState, plans, stripeClock: stripe.clock }
  const syncJobs = keep('syncJobs', openSyncJobs(core, dependencies, syncParts))
  const webhooks = observeWebhooks(keep, dependencies, { ledger, syncState, telemetry })
  const catalogue = createPlans({ settings: config.plans, gateway: core.gateway, now })
  const marketing = keep('marketing', openMarketing(core, dependencies, catalogue))
  const alerts = keep('alerts', openAlerts(core, dependencies, { syncState, telemetry, webhooks }))
  observeServiceHealth(telemetry.service.meter, async () => ({
    ...(await readHealth(ledger.queries, syncState)),
    isLeader: exposition.isLeader(),
  }))

  // Ready: scheduled work begins.
  const readiness = keep('readiness', { isServing: true })
  const features = { stripe, catalogue, marketing, syncJobs, webhooks }
  const parts = { features, counters, streams: openStreams(keep, core), readiness, ...urls }
  api.open(createHandler(core, dependencies, parts))
  if (stripe.emulator !== undefined) {
    connectEmulator(stripe, config, urls)
    await marketing.seedDemoCampaign()
  }
  for (const part of [marketing, syncJobs, alerts]) part?.start()
  return { ...urls, shopUrl: stripe.emulator?.url, syncJobs, alerts }
}

/** What stays open that reports changes to pages and API consumers. */
function openStreams(keep: Keep, core: Core) {
  return {
    live: keep('live', openLiveUpdates(core.ledger)),
    factStreams: keep('factStreams', openFactStreams(core)),
  }
}

/** The files that hold the ledger and the emulator's objects and keys. */
function privateFiles({ stripe, emulator }: Config, database: LedgerDatabase): readonly string[] {
  return [
    ...(database.engine === 'sqlite' ? [database.path] : []),
    ...(stripe.secretKey === undefined ? [resolve(emulator.path)] : []),
  ]
}
