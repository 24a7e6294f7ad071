import { z } from 'zod'
import { messageOf } from '../errors.ts'
import { createAddressOf } from '../http/caller-address.ts'
import { withoutBrackets } from '../http/loopback.ts'
import { checkChannelAddress } from '../marketing/channels/registry.ts'
import { type CronSchedule, createCronSchedule } from '../time/cron-schedule.ts'
import { parseDurationMs } from '../time/duration.ts'
import { type ApiKey, readApiKeys } from './api-keys.ts'
import { type PlanSetting, parsePlans } from './plans.ts'

function text(fallback: string) {
  return z.string().default(fallback)
}

/** Resolved before by `secret-files.ts`. */
const secretFile = z.string().optional()

const list = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(/[,\n]/)
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  )

/** An address to listen on; `[::1]` is `::1`. */
const host = text('127.0.0.1').transform(withoutBrackets)

function areProxies(proxies: readonly string[]): boolean {
  try {
    createAddressOf(proxies)
    return true
  } catch {
    return false
  }
}

const portMessage = 'give a whole number from 0 to 65535 (0 for any free port)'
function port(fallback: number) {
  return z
    .string()
    .regex(/^\d{1,5}$/, portMessage)
    .transform(Number)
    .refine((value) => value <= 65_535, portMessage)
    .default(fallback)
}

const urlMessage = 'give a whole URL such as https://example.com/path'
const webUrl = z
  .url({ protocol: /^https?$/, error: urlMessage })
  .transform((value) => value.replace(/\/$/, ''))

/** Shown in plans, findings and alerts. */
const publicUrl = webUrl.refine(hasNoLogin, 'give it without a user and password: it is shown')

function hasNoLogin(value: string): boolean {
  const { username, password } = URL.parse(value) ?? {}
  return !username && !password
}

/** A page that customers are sent to, unchanged, since a trailing slash may matter. */
const pageUrl = z.url({ protocol: /^https?$/, error: urlMessage })

const apiBase = webUrl.refine(
  (value) => !/\/v1$/.test(value) && !/[?#]/.test(value),
  'give the address in front of /v1, such as https://api.stripe.com or http://127.0.0.1:12111/stripe',
)

const origin = z
  .url({ protocol: /^https?$/, error: urlMessage })
  .refine(
    (value) => URL.canParse(value) && new URL(value).pathname === '/',
    'give origins alone, such as https://shop.example.com, separated by commas',
  )

/** The longest duration, far below what a timer of Node's holds (2^31 ms), above which it fires at once. */
const durationMsMax = 24 * 3_600_000

function durationMs(minMs: number) {
  return z.string().transform((value, context) => {
    const readMs = parseDurationMs(value, ['ms', 's', 'm'])
    if (readMs === undefined)
      context.addIssue('give a number with its unit, such as 500ms, 10s or 2m')
    else if (readMs < minMs || readMs > durationMsMax)
      context.addIssue(`give a duration from ${minMs}ms to ${durationMsMax / 60_000}m`)
    else return readMs
    return z.NEVER
  })
}

/** A cron pattern in UTC. */
function schedule(fallback: string) {
  return text(fallback).transform((value, context): CronSchedule => {
    try {
      return createCronSchedule(value, 'UTC', 0)
    } catch (cause) {
      context.addIssue(messageOf(cause))
      return z.NEVER
    }
  })
}

const plans = text('starter,professional,enterprise').transform(
  (value, context): readonly PlanSetting[] => {
    const parsed = parsePlans(value)
    if ('plans' in parsed) return parsed.plans
    for (const problem of parsed.problems) context.addIssue(problem)
    return z.NEVER
  },
)

/** Every setting by its name in the environment, with its default, except channels and most of `OTEL_*`. */
export const settings = z.object({
  NODE_ENV: text('development'),
  HOST: host,
  PORT: port(3000),
  PUBLIC_URL: publicUrl.optional(),
  API_KEYS: text('').transform((value, context): readonly ApiKey[] => {
    const read = readApiKeys(value)
    if ('keys' in read) return read.keys
    context.addIssue(read.problem)
    return z.NEVER
  }),
  API_KEYS_FILE: secretFile,
  API_RATE_LIMIT: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'give requests a minute and key, 1 or more, such as 6000')
    .transform(Number)
    .default(6_000),
  TRUSTED_PROXIES: list.refine(
    areProxies,
    'give addresses or networks, such as 10.0.0.0/8, separated by commas',
  ),
  DATABASE_URL_FILE: secretFile,
  /** Read by `database.ts`. */
  DATABASE_URL: z.string().optional(),
  DATABASE_PASSWORD: z.string().optional(),
  DATABASE_PASSWORD_FILE: secretFile,
  STRIPE_SECRET_KEY: z
    .string()
    .regex(
      /^(sk|rk|sk_org)_(test|live)_\w+$/,
      'give a secret or restricted key: sk_…, rk_…, or sk_org_… with STRIPE_ACCOUNT',
    )
    .optional(),
  STRIPE_ACCOUNT: z
    .string()
    .regex(/^acct_\w+$/, 'give the id of one account, such as acct_1A2b3C: a ledger holds one')
    .optional(),
  STRIPE_SECRET_KEY_FILE: secretFile,
  STRIPE_WEBHOOK_SECRET_FILE: secretFile,
  STRIPE_WEBHOOK_SECRET: list.refine(
    (secrets) => secrets.every((secret) => /^whsec_\S+$/.test(secret)),
    'give the signing secrets of the webhook endpoints: whsec_…, separated by commas',
  ),
  STRIPE_API_BASE: apiBase.default('https://api.stripe.com'),
  EMULATOR_HOST: host,
  EMULATOR_PORT: port(4242),
  PLANS: plans,
  CHECKOUT_SUCCESS_URL: pageUrl.optional(),
  CHECKOUT_CANCEL_URL: pageUrl.optional(),
  CHECKOUT_RETURN_ORIGINS: list.pipe(z.array(origin)),
  /** Read by `proxy.ts`, also in small letters. */
  HTTP_PROXY: z.string().optional(),
  HTTPS_PROXY: z.string().optional(),
  NO_PROXY: z.string().optional(),
  ALERT_CHANNEL: z
    .string()
    .superRefine((value, context) => {
      const problem = checkChannelAddress(value)
      if (problem !== undefined) context.addIssue(problem)
    })
    .optional(),
  ALERT_CHANNEL_FILE: secretFile,
  SWEEP_SCHEDULE: schedule('*/5 * * * *'),
  RECONCILE_SCHEDULE: schedule('0 * * * *'),
  KEEP_ALIVE_TIMEOUT: durationMs(1_000).default(75_000),
  DRAIN_DELAY: durationMs(0).optional(),
  SHUTDOWN_TIMEOUT: durationMs(100).default(10_000),
  /** Read by `metrics-access.ts`. */
  METRICS_TOKEN: z.string().optional(),
  METRICS_TOKEN_FILE: secretFile,
  METRICS_BASIC_AUTH: z.string().optional(),
  METRICS_BASIC_AUTH_FILE: secretFile,
  METRICS_TLS_CERT_FILE: z.string().optional(),
  METRICS_TLS_KEY_FILE: z.string().optional(),
  OTEL_EXPORTER_PROMETHEUS_HOST: host,
  OTEL_EXPORTER_PROMETHEUS_PORT: port(9464),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'give one of fatal, error, warn, info, debug, trace, silent',
    })
    .default('info'),
})

/** The names of all settings but those of channels. */
export const settingNames: readonly string[] = settings.keyof().options
