import fc from 'fast-check'
import { resolveConfig } from '../../../src/config/config.ts'
import { settings } from '../../../src/config/settings.ts'
import { AppError } from '../../../src/errors.ts'
import { inProcess } from '../in-process.ts'
import { mutated } from '../mutate.ts'
import type { FuzzTarget } from '../target.ts'

const canary = 'CANARYsecret0123456789'

/** Values of all kinds, right for some settings and wrong for others. */
const samples = [
  '3000',
  '0',
  '127.0.0.1',
  '[::1]',
  '0.0.0.0',
  'localhost',
  'https://shop.example.com/path',
  'https://user:password@example.com',
  'http://[::1]:4318',
  'production',
  'first-key-0123456789,name:other-key-0123456789:read',
  '10.0.0.0/8,::1/128',
  'sqlite:./data/ledger.db',
  'postgres://user:password@host:5432/database?sslmode=require',
  'sk_test_0123456789',
  'rk_live_0123456789',
  'sk_org_0123456789',
  'whsec_one,whsec_two',
  'starter,professional=pro_monthly|price_1A,enterprise',
  '*/5 * * * *',
  '0 0 29 2 *',
  '500ms',
  '10s',
  'key=value,other=%20value',
  '0.25',
  'info',
  'telegram://123456:token@-1001234567890',
  'https://hooks.slack.com/services/T0/B0/token',
  'https://discord.com/api/webhooks/1/token',
  `https://example.com/hook#whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  'console:',
  'tcp://10.0.0.1:80',
] as const

const sample = fc.constantFrom(...samples)
const values = fc.oneof(
  { weight: 4, arbitrary: sample },
  { weight: 3, arbitrary: mutated(sample, ',:/=@|%#-_ \n\0*0123456789eE[].') },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
  {
    weight: 1,
    arbitrary: fc.tuple(sample, fc.nat({ max: 400 })).map(([one, count]) => one.repeat(count)),
  },
)

const names = [
  ...Object.keys(settings.shape),
  'DATABASE_PASSWORD',
  'METRICS_TOKEN',
  'METRICS_BASIC_AUTH',
  'HTTPS_PROXY',
  'OTEL_EXPORTER_OTLP_PROTOCOL',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'CHANNEL_A',
  'CHANNEL_a',
  'CHANNEL_NEWS',
  'CHANNEL_',
  'CHANNEL___proto__',
  '__proto__',
] as const

/** Settings without secrets, whose values may appear in messages: a list of its own, to check that of `config.ts`. */
const shown: ReadonlySet<string> = new Set([
  'API_RATE_LIMIT',
  'DRAIN_DELAY',
  'EMULATOR_HOST',
  'EMULATOR_PORT',
  'HOST',
  'LOG_LEVEL',
  'OTEL_EXPORTER_PROMETHEUS_PORT',
  'OTEL_METRIC_EXPORT_INTERVAL',
  'OTEL_TRACES_SAMPLER_ARG',
  'PLANS',
  'PORT',
  'RECONCILE_SCHEDULE',
  'DRAIN_DELAY',
  'KEEP_ALIVE_TIMEOUT',
  'SHUTDOWN_TIMEOUT',
  'SWEEP_SCHEDULE',
])

/** A setting; if its value may not be shown, a secret may be anywhere in it. */
const pair = fc
  .tuple(fc.constantFrom(...names), values, fc.nat({ max: 400 }), fc.boolean())
  .map(([name, value, place, hasCanary]): [string, string] => {
    if (shown.has(name) || !hasCanary) return [name, value]
    const at = place % (value.length + 1)
    return [name, value.slice(0, at) + canary + value.slice(at)]
  })

const environments = fc
  .array(pair, { maxLength: 8 })
  .map((pairs) => Object.fromEntries<string>(pairs))

function check(environment: Readonly<Record<string, string>>): string {
  try {
    resolveConfig(environment)
    return 'resolved'
  } catch (cause) {
    if (!(cause instanceof AppError) || cause.code !== 'invalid_settings') throw cause
    if (cause.message.includes(canary)) throw new Error(`a secret is shown: ${cause.message}`)
    return 'refused'
  }
}

export const settingsTarget: FuzzTarget = {
  name: 'settings',
  sizes: { full: 100_000, small: 1_000 },
  memoryGrowthBytesMax: 10 * 1024 * 1024,
  open: async () => inProcess(environments, check),
}
