import type { z } from 'zod'
import type { DatabaseLocation } from '../database/open.ts'
import { AppError } from '../errors.ts'
import type { Mode } from '../ledger/identity.ts'
import { checkChannels, readChannels } from './channels.ts'
import { checkTogether, type Purpose } from './check-together.ts'
import { readDatabaseLocation } from './database.ts'
import { defaultDatabase, emulatorStore } from './default-paths.ts'
import { readEnvFile } from './env-file.ts'
import { checkFormerNames, warnOfFormerNames } from './former-settings.ts'
import { readMetricsAccess } from './metrics-access.ts'
import { findNearMisses } from './near-misses.ts'
import { readOtel } from './otel/read-otel.ts'
import { proxyNames, readProxy } from './proxy.ts'
import { readSecretFiles } from './secret-files.ts'
import { dropServiceLinks } from './service-links.ts'
import { settingNames, settings } from './settings.ts'

/** All settings, resolved once at start. */
export type Config = ReturnType<typeof resolveConfig>

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The only function that reads the process's environment, to which it adds what the `.env` file gives and the
 * environment does not. Throws like `resolveConfig`.
 */
export function readConfig(purpose: Purpose = 'service'): Config {
  const { values, warnings } = readEnvFile()
  // PostgreSQL's driver reads its own variables.
  Object.assign(process.env, { ...values, ...process.env })
  const config = resolveConfig(process.env, purpose)
  return Object.freeze({ ...config, warnings: [...warnings, ...config.warnings] })
}

/**
 * Resolves the settings, and reads the files that hold secrets.
 * Throws `invalid_settings` with one line for each missing or malformed setting.
 */
export function resolveConfig(environment: Environment, purpose: Purpose = 'service') {
  const { given, problems: unreadable } = readSecretFiles(dropServiceLinks(dropBlank(environment)))
  const parsed = settings.safeParse(given)
  const otel = readOtel(given)
  const located = readDatabaseLocation(given)
  const outgoing = readProxy(given)
  const access = readMetricsAccess(given)
  const malformed = parsed.success
    ? []
    : parsed.error.issues.map((issue) => explain(String(issue.path[0]), given, issue.message))
  const problems = [
    ...unreadable,
    ...malformed,
    ...checkFormerNames(given),
    ...checkTogether(given, purpose),
    ...checkChannels(given),
    ...located.problems,
    ...outgoing.problems,
    ...access.problems,
    ...otel.problems,
  ]
  if (!parsed.success || problems.length > 0) throw invalidSettings(problems)

  const values = parsed.data
  const mode = modeOf(values.STRIPE_SECRET_KEY)
  const database = located.location ?? defaultDatabase(mode)
  return Object.freeze({
    host: values.HOST,
    port: values.PORT,
    /** Undefined: the address that the server listens on. */
    publicUrl: values.PUBLIC_URL,
    apiKeys: values.API_KEYS,
    apiRateLimit: values.API_RATE_LIMIT,
    trustedProxies: values.TRUSTED_PROXIES,
    /** Undefined: outgoing requests go straight to their hosts. */
    proxy: outgoing.proxy,
    database,
    mode,
    stripe: stripeOf(values),
    emulator: emulatorOf(values, database),
    plans: values.PLANS,
    checkout: checkoutOf(values),
    channels: readChannels(given),
    sweepSchedule: values.SWEEP_SCHEDULE,
    reconcileSchedule: values.RECONCILE_SCHEDULE,
    keepAliveTimeoutMs: values.KEEP_ALIVE_TIMEOUT,
    /** How long the service is not ready and answers all the same, as a part of the stop. */
    drainDelayMs: values.DRAIN_DELAY ?? drainDelayOf(values.SHUTDOWN_TIMEOUT),
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT,
    ...telemetryOf(values, otel, access),
    logLevel: values.LOG_LEVEL,
    /** Settings that have another effect than they may be meant to have, each in a sentence. */
    warnings: [
      ...findNearMisses(given, [...settingNames, ...proxyNames]),
      ...warnOfFormerNames(given),
      ...located.warnings,
      ...otel.warnings,
    ],
  })
}

function stripeOf(values: z.infer<typeof settings>) {
  return {
    /** Undefined: the emulator replaces Stripe. */
    secretKey: values.STRIPE_SECRET_KEY,
    /** The account to count, for a key that does not identify it. */
    account: values.STRIPE_ACCOUNT,
    webhookSecrets: values.STRIPE_WEBHOOK_SECRET,
    apiBase: values.STRIPE_API_BASE,
  }
}

function emulatorOf(values: z.infer<typeof settings>, database: DatabaseLocation) {
  return {
    host: values.EMULATOR_HOST,
    port: values.EMULATOR_PORT,
    ...emulatorStore(database),
  }
}

function checkoutOf(values: z.infer<typeof settings>) {
  return {
    successUrl: values.CHECKOUT_SUCCESS_URL,
    cancelUrl: values.CHECKOUT_CANCEL_URL,
    returnOrigins: values.CHECKOUT_RETURN_ORIGINS.map((origin) => new URL(origin).origin),
  }
}

function telemetryOf(
  values: z.infer<typeof settings>,
  otel: ReturnType<typeof readOtel>,
  { authorizations, tls }: ReturnType<typeof readMetricsAccess>,
) {
  return {
    serviceName: otel.serviceName,
    resourceAttributes: otel.resourceAttributes,
    metrics: {
      host: values.OTEL_EXPORTER_PROMETHEUS_HOST,
      port: values.OTEL_EXPORTER_PROMETHEUS_PORT,
      /** Why `/metrics` is switched off; undefined if it is on. */
      offReason: otel.metrics.scrapeOffReason,
      authorizations,
      tls,
    },
    /** Undefined: nothing is pushed. */
    otlp: otel.metrics.push,
    /** Undefined: nothing is traced. */
    traces: otel.traces,
    diagnostics: otel.diagnostics,
    /** Undefined: the service posts no alerts. */
    alertChannel: values.ALERT_CHANNEL,
  }
}

/** Long enough for a load balancer to notice, and a small part of the stop. */
function drainDelayOf(shutdownTimeoutMs: number): number {
  return Math.min(1_000, shutdownTimeoutMs / 10)
}

function modeOf(secretKey: string | undefined): Mode {
  if (secretKey === undefined) return 'emulator'
  return secretKey.includes('_live_') ? 'live' : 'test'
}

/** An empty or blank value counts as unset, such as `NAME=` in a `.env` file. */
function dropBlank(environment: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value === undefined || value.trim() === '' ? [] : [[name, value.trim()]],
    ),
  )
}

/** Settings that do not hold a secret even by mistake: showing their values helps to find a typing error. */
const shownNames: ReadonlySet<string> = new Set([
  'API_RATE_LIMIT',
  'EMULATOR_PORT',
  'LOG_LEVEL',
  'OTEL_EXPORTER_PROMETHEUS_PORT',
  'PLANS',
  'PORT',
  'RECONCILE_SCHEDULE',
  'DRAIN_DELAY',
  'KEEP_ALIVE_TIMEOUT',
  'SHUTDOWN_TIMEOUT',
  'SWEEP_SCHEDULE',
])

function explain(name: string, given: Readonly<Record<string, string>>, message: string): string {
  const value = given[name]
  return value === undefined || !shownNames.has(name)
    ? `${name}: ${message}`
    : `${name}=${value}: ${message}`
}

function invalidSettings(problems: readonly string[]): AppError {
  return new AppError(
    'invalid_settings',
    ['these settings need a change:', ...problems.map((problem) => `  - ${problem}`)].join('\n'),
  )
}
