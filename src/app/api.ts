import { createHttpDuration } from '../../instrumentation/process/http-duration.ts'
import { createHttpSpan } from '../../instrumentation/traces/http-span.ts'
import { createCheckoutTermsStore } from '../billing/checkout-terms.ts'
import type { Checkouts } from '../billing/create-checkout.ts'
import type { Plans } from '../billing/plans.ts'
import { returnPages } from '../billing/return-pages.ts'
import { billingRoutes } from '../billing/routes.ts'
import type { ApiKey } from '../config/api-keys.ts'
import type { Config } from '../config/config.ts'
import { type ConsoleOptions, consoleRoutes } from '../console/console.ts'
import type { LiveUpdates } from '../console/live/updates.ts'
import { readSchemaVersions, schemaOf } from '../database/migrate.ts'
import { healthRoutes } from '../health/routes.ts'
import { type VersionOptions, versionRoutes } from '../health/version-route.ts'
import { type AddRoutes, createApi } from '../http/api.ts'
import { apiDocs } from '../http/api-docs.ts'
import { requireApiKey } from '../http/api-key.ts'
import { createAddressOf, createIsTrusted } from '../http/caller-address.ts'
import { guardRoutes } from '../http/guard.ts'
import { measureRequests } from '../http/measure-requests.ts'
import { addOpenApi } from '../http/openapi.ts'
import { limitFailures, limitKeys } from '../http/rate-limit.ts'
import { readBodies } from '../http/read-body.ts'
import { requestIdOf } from '../http/request-id.ts'
import type { Fetch } from '../http/server.ts'
import { traceRequests } from '../http/trace-requests.ts'
import { deadLetterRoutes } from '../ledger/api/dead-letter-routes.ts'
import { ledgerRoutes } from '../ledger/api/routes.ts'
import { factStreamRoutes } from '../ledger/api/stream-route.ts'
import type { DeadLetter } from '../ledger/dead-letters.ts'
import type { FactStreams } from '../ledger/stream/open-streams.ts'
import { describeError } from '../log.ts'
import type { Marketing } from '../marketing/marketing.ts'
import { replayDeadLetter } from '../stripe/facts/replay-dead-letter.ts'
import type { SyncJobs } from '../stripe/sync/sync-jobs.ts'
import { webhookRoutes } from '../stripe/webhook/routes.ts'
import { openConsole } from './console.ts'
import type { Core } from './core.ts'
import type { Counters } from './counters.ts'
import type { AppDependencies } from './dependencies.ts'
import type { Readiness } from './parts.ts'
import { type Release, readRelease } from './release.ts'
import type { OpenedStripe } from './stripe.ts'
import type { ObservedWebhooks } from './webhooks.ts'

export interface HandlerParts {
  readonly features: Features
  readonly counters: Pick<Counters, 'telemetry' | 'plans'>
  readonly streams: { readonly live: LiveUpdates; readonly factStreams: FactStreams }
  readonly readiness: Readiness
  /** The address that the API listens on. */
  readonly apiUrl: string
}

interface Features {
  readonly stripe: OpenedStripe
  readonly catalogue: Plans
  readonly marketing: Marketing
  readonly syncJobs: SyncJobs
  readonly webhooks: ObservedWebhooks
}

/** The handler of the whole API: the middleware of every request, then the routes of each feature. */
export function createHandler(
  core: Core,
  dependencies: AppDependencies,
  parts: HandlerParts,
): Fetch {
  const { config, traces, log } = core
  const observer: RequestObserver = {
    onFault: (error, requestId) => log.error({ error: describeError(error), requestId }, 'failed'),
    onChange: (change) => log.info({ audit: change }, 'changed'),
  }
  const api = createApi({ requestIdOf, onFault: observer.onFault })
  api.use('*', measureRequests(createHttpDuration(parts.counters.telemetry.service.meter)))
  if (traces.isOn) api.use('*', traceRequests(createHttpSpan(traces)))
  if (config.apiKeys.length === 0) api.use('*', guardRoutes(unguarded, config.publicUrl))
  api.use('*', limitFailures(createAddressOf(config.trustedProxies)))
  api.use('/v1/*', requireApiKey(keysOf(config, parts.features.stripe), observer.onChange))
  api.use('/v1/*', limitKeys(config.apiRateLimit), readBodies())
  const release = readRelease()
  for (const addRoutes of featuresOf(core, dependencies, parts, observer)) addRoutes(api)
  versionRoutes(versionOptions(core, release))(api)
  apiDocs(api)
  addOpenApi(api, release.version)
  return api.fetch
}

/** Authenticated by a signature, or without any data. */
const unguarded: ReadonlySet<string> = new Set([
  '/webhooks/stripe',
  '/webhooks/stripe/',
  '/healthz',
  '/readyz',
])

function versionOptions({ config, ledger }: Core, release: Release): VersionOptions {
  const { engine } = config.database
  const read = () => readSchemaVersions(ledger.queries, engine)
  return { release, schema: schemaOf(engine), readSchemaVersions: read }
}

/** If keys are required, the emulator's shop gets a key of its own. */
function keysOf({ apiKeys }: Config, { emulatorKey }: OpenedStripe): readonly ApiKey[] {
  return apiKeys.length === 0 || emulatorKey === undefined
    ? apiKeys
    : [...apiKeys, emulatorKey.kept]
}

/** What the API and the operator's pages report of requests. */
type RequestObserver = Pick<ConsoleOptions, 'onFault' | 'onChange'>

function featuresOf(
  core: Core,
  { receive }: AppDependencies,
  { features, counters, streams, readiness, apiUrl }: HandlerParts,
  observer: RequestObserver,
): readonly AddRoutes[] {
  const { config, ledger, exposition, ingest, gateway, now } = core
  const { stripe, marketing, syncJobs, webhooks } = features
  const { identity, deadLetters } = ledger
  const checkouts = openCheckouts(core, features, apiUrl)
  const replay = (letter: DeadLetter) =>
    replayDeadLetter(letter, { deadLetters, lists: gateway, ingest })
  const consoleParts = { stripe, checkouts, marketing, webhooks, replay, plans: counters.plans }
  return [
    healthRoutes({
      isServing: () => readiness.isServing,
      canExpose: () => exposition.canExpose,
      requireWritable: ledger.requireWritable,
      readLedger: ledger.readTotals,
    }),
    billingRoutes(checkouts),
    webhookRoutes({
      ingest,
      secrets: stripe.webhookSecrets,
      now: stripe.clock.now,
      establishGenesis: identity.genesis.establish,
      noteLostEvents: syncJobs.noteLostEvents,
      onAccepted: webhooks.onAccepted,
      onFailed: webhooks.onFailed,
      ...(receive === undefined ? {} : { receive }),
    }),
    marketing.addRoutes,
    ledgerRoutes({ ledger, exposition, now }),
    factStreamRoutes(streams.factStreams),
    deadLetterRoutes({ deadLetters, replay }),
    consoleRoutes({
      use: openConsole(core, consoleParts),
      session: sessionOf(config, now),
      live: streams.live,
      ...observer,
    }),
  ]
}

function openCheckouts(
  { config, ledger, gateway, ingest, now }: Core,
  { stripe, catalogue }: Features,
  apiUrl: string,
): Checkouts {
  const publicUrl = config.publicUrl ?? apiUrl
  return {
    plans: catalogue,
    gateway,
    recorder: ingest.recorder,
    ledgerId: ledger.identity.ledgerId,
    terms: createCheckoutTermsStore(ledger.queries, now),
    returnPages: returnPages(config.checkout, publicUrl, stripe.emulator?.url),
  }
}

function sessionOf({ apiKeys, publicUrl, trustedProxies }: Config, now: () => number) {
  return { keys: apiKeys, publicUrl, isProxy: createIsTrusted(trustedProxies), now }
}
