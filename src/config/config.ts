import type { z } from 'zod'
import { AppError } from '../errors.ts'
import { isLoopback } from '../http/loopback.ts'
import type { Mode } from '../ledger/identity.ts'
import { readApiKeys } from './api-keys.ts'
import { checkChannels, readChannels } from './channels.ts'
import { readDatabaseLocation } from './database.ts'
import { defaultDatabase, emulatorStore } from './default-paths.ts'
import { checkFormerNames, dropServiceLinks } from './former-settings.ts'
import { readOtel } from './otel/read-otel.ts'
import { readSecretFiles } from './secret-files.ts'
import { settings } from './settings.ts'

/** All settings, resolved once at start. */
export type Config = ReturnType<typeof resolveConfig>

export type Environment = Readonly<Record<string, string | undefined>>

/** The only function that reads the process's environment. Throws like `resolveConfig`. */
export function readConfig(): Config {
  return resolveConfig(process.env)
}

/**
 * Resolves the settings, and reads the files that hold secrets.
 * Throws `invalid_settings` with one line for each missing or malformed setting.
 */
export function resolveConfig(environment: Environment) {
  const { given, problems: unreadable } = readSecretFiles(dropServiceLinks(dropBlank(environment)))
  const parsed = settings.safeParse(given)
  const otel = readOtel(given)
  const located = readDatabaseLocation(given)
  const malformed = parsed.success
    ? []
    : parsed.error.issues.map((issue) => explain(String(issue.path[0]), given, issue.message))
  const problems = [
    ...unreadable,
    ...malformed,
    ...checkFormerNames(given),
    ...checkTogether(given),
    ...checkChannels(given),
    ...located.problems,
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
    database,
    mode,
    stripe: {
      /** Undefined: the emulator replaces Stripe. */
      secretKey: values.STRIPE_SECRET_KEY,
      /** The account to count, for a key that does not identify it. */
      account: values.STRIPE_ACCOUNT,
      webhookSecrets: values.STRIPE_WEBHOOK_SECRET,
      apiBase: values.STRIPE_API_BASE,
    },
    emulator: {
      host: values.EMULATOR_HOST,
      port: values.EMULATOR_PORT,
      ...emulatorStore(database),
    },
    plans: values.PLANS,
    checkout: checkoutOf(values),
    channels: readChannels(given),
    sweepSchedule: values.SWEEP_SCHEDULE,
    reconcileSchedule: values.RECONCILE_SCHEDULE,
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT,
    ...telemetryOf(values, otel),
    logLevel: values.LOG_LEVEL,
    /** Settings that have another effect than they may be meant to have, each in a sentence. */
    warnings: [...located.warnings, ...otel.warnings],
  })
}

function checkoutOf(values: z.infer<typeof settings>) {
  return {
    successUrl: values.CHECKOUT_SUCCESS_URL,
    cancelUrl: values.CHECKOUT_CANCEL_URL,
    returnOrigins: values.CHECKOUT_RETURN_ORIGINS.map((origin) => new URL(origin).origin),
  }
}

function telemetryOf(values: z.infer<typeof settings>, otel: ReturnType<typeof readOtel>) {
  return {
    serviceName: otel.serviceName,
    resourceAttributes: otel.resourceAttributes,
    metrics: {
      host: values.OTEL_EXPORTER_PROMETHEUS_HOST,
      port: values.OTEL_EXPORTER_PROMETHEUS_PORT,
      /** Why `/metrics` is switched off; undefined if it is on. */
      offReason: otel.metrics.scrapeOffReason,
    },
    /** Undefined: nothing is pushed. */
    otlp: otel.metrics.push,
    /** Undefined: nothing is traced. */
    traces: otel.traces,
    diagnostics: otel.diagnostics,
  }
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

/** Problems that concern several settings. */
function checkTogether(given: Readonly<Record<string, string>>): readonly string[] {
  const problems: string[] = []
  const { HOST = '127.0.0.1', EMULATOR_HOST = '127.0.0.1', API_KEYS = '', NODE_ENV } = given
  const { STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, STRIPE_ACCOUNT } = given
  if (!isLoopback(HOST) && hasNoKey(API_KEYS))
    problems.push(
      `API_KEYS is missing: HOST=${HOST} can be reached by others. Give at least one key (npm run keys makes one), or leave HOST at 127.0.0.1`,
    )
  if (!isLoopback(EMULATOR_HOST))
    problems.push(
      `EMULATOR_HOST=${EMULATOR_HOST}: the emulator takes payments from anybody, so it listens on a loopback address alone: 127.0.0.1, localhost or ::1`,
    )
  if (STRIPE_SECRET_KEY !== undefined && STRIPE_WEBHOOK_SECRET === undefined)
    problems.push(
      'STRIPE_WEBHOOK_SECRET is missing: give the signing secret (whsec_…) of the webhook endpoint that you made for this service',
    )
  if (STRIPE_SECRET_KEY === undefined && STRIPE_WEBHOOK_SECRET !== undefined)
    problems.push(
      'STRIPE_SECRET_KEY is missing beside STRIPE_WEBHOOK_SECRET: give both, or neither for the emulator',
    )
  if (STRIPE_SECRET_KEY?.startsWith('sk_org_') && STRIPE_ACCOUNT === undefined)
    problems.push(
      'STRIPE_SECRET_KEY: this is the key of an organisation (sk_org_…), which covers many accounts, and a ledger holds one: set STRIPE_ACCOUNT (acct_…)',
    )
  if (STRIPE_SECRET_KEY === undefined && STRIPE_ACCOUNT !== undefined)
    problems.push(
      'STRIPE_SECRET_KEY is missing beside STRIPE_ACCOUNT: give a key that may read that account, or neither for the emulator',
    )
  if (STRIPE_SECRET_KEY === undefined && NODE_ENV === 'production')
    problems.push(
      'STRIPE_SECRET_KEY is missing: NODE_ENV=production does not run on the emulator. Give the key of your Stripe account',
    )
  return problems
}

/** Whether the list is empty. A malformed key is an error of its own. */
function hasNoKey(value: string): boolean {
  const read = readApiKeys(value)
  return 'keys' in read && read.keys.length === 0
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
