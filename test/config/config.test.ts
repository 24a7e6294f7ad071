import { expect, test } from 'vitest'
import { digestOf } from '../../src/config/api-keys.ts'
import { type Environment, resolveConfig } from '../../src/config/config.ts'

function messageOf(environment: Environment): string {
  try {
    resolveConfig(environment)
  } catch (cause) {
    expect(cause).toMatchObject({ code: 'invalid_settings' })
    return cause instanceof Error ? cause.message : ''
  }
  return ''
}

test('with nothing set everything works on one machine, against the emulator', () => {
  expect(resolveConfig({})).toMatchObject({
    host: '127.0.0.1',
    port: 3000,
    publicUrl: undefined,
    apiKeys: [],
    database: { engine: 'sqlite', path: './data/emulator.db' },
    mode: 'emulator',
    stripe: { secretKey: undefined, webhookSecrets: [], apiBase: 'https://api.stripe.com' },
    emulator: { host: '127.0.0.1', port: 4242 },
    plans: ['starter', 'professional', 'enterprise'].map((plan) => ({
      plan,
      prices: [{ kind: 'lookup_key', lookupKey: plan }],
    })),
    channels: new Map([['console', 'console:']]),
    shutdownTimeoutMs: 10_000,
    serviceName: 'countinghouse',
    metrics: { host: '127.0.0.1', port: 9464 },
    otlp: undefined,
    traces: undefined,
    logLevel: 'info',
  })
})

test.each([
  ['sk_test_1', 'test'],
  ['rk_test_1', 'test'],
  ['sk_live_1', 'live'],
  ['rk_live_1', 'live'],
])('the key %s means the mode %s, in a ledger of its own', (key, mode) => {
  const config = resolveConfig({ STRIPE_SECRET_KEY: key, STRIPE_WEBHOOK_SECRET: 'whsec_1' })
  expect(config.mode).toBe(mode)
  expect(config.database).toEqual({ engine: 'sqlite', path: `./data/${mode}.db` })
})

test.each([
  [{}, { url: 'http://collector:4318/v1/traces', ratio: 1 }],
  [{ OTEL_TRACES_SAMPLER_ARG: '0.05' }, { url: 'http://collector:4318/v1/traces', ratio: 0.05 }],
  [{ OTEL_TRACES_SAMPLER_ARG: '0' }, undefined],
])(
  'traces go beside the metrics to the one endpoint, in the share that is set: %o',
  (more, traces) => {
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' }
    const config = resolveConfig({ ...endpoint, ...more })
    if (traces === undefined) expect(config.traces).toBeUndefined()
    else expect(config.traces).toMatchObject(traces)
    expect(config.otlp?.url).toBe('http://collector:4318/v1/metrics')
  },
)

test('lists, durations, prices, channels and attributes are read as they are written', () => {
  expect(
    resolveConfig({
      API_KEYS: 'key-of-sixteen-chars, another-key-of-16',
      PLANS: 'solo=price_1,team',
      SHUTDOWN_TIMEOUT: '1500ms',
      CHANNEL_NEWS: 'console:',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prod,team=a%20b',
      CHECKOUT_RETURN_ORIGINS: 'https://a.example/,https://b.example:8443',
      PUBLIC_URL: 'https://pay.example/',
      HOST: ' ',
    }),
  ).toMatchObject({
    host: '127.0.0.1',
    apiKeys: [
      { name: 'key-1', scope: 'operate', digest: digestOf('key-of-sixteen-chars') },
      { name: 'key-2', scope: 'operate', digest: digestOf('another-key-of-16') },
    ],
    plans: [
      { plan: 'solo', prices: [{ kind: 'price', priceId: 'price_1' }] },
      { plan: 'team', prices: [{ kind: 'lookup_key', lookupKey: 'team' }] },
    ],
    shutdownTimeoutMs: 1500,
    channels: new Map([['news', 'console:']]),
    resourceAttributes: { 'deployment.environment.name': 'prod', team: 'a b' },
    checkout: { returnOrigins: ['https://a.example', 'https://b.example:8443'] },
    publicUrl: 'https://pay.example',
  })
})

test('all invalid settings are reported at once, each with what to do', () => {
  const message = messageOf({
    PORT: 'three thousand',
    OTEL_EXPORTER_PROMETHEUS_PORT: '70000',
    PLANS: 'Starter,starter',
    SHUTDOWN_TIMEOUT: '10',
    LOG_LEVEL: 'loud',
    DATABASE_URL: 'mysql://user:secret@x',
    CHECKOUT_SUCCESS_URL: 'thanks',
    CHECKOUT_RETURN_ORIGINS: 'https://shop.example/page',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318',
    CHANNEL_NEWS: 'carrier-pigeon:',
  })
  for (const line of [
    /PORT=three thousand: give a whole number from 0 to 65535/,
    /OTEL_EXPORTER_PROMETHEUS_PORT=70000: give a whole number/,
    /PLANS=Starter,starter: "Starter" is not a plan/,
    /SHUTDOWN_TIMEOUT=10: give a number with its unit/,
    /LOG_LEVEL=loud: give one of fatal/,
    /DATABASE_URL: give sqlite:/,
    /CHECKOUT_SUCCESS_URL: give a whole URL/,
    /CHECKOUT_RETURN_ORIGINS: give origins alone/,
    /OTEL_EXPORTER_OTLP_ENDPOINT: give a whole URL/,
    /CHANNEL_NEWS: /,
  ])
    expect(message).toMatch(line)
})

test('a secret that is malformed is named and never shown', () => {
  const message = messageOf({
    API_KEYS: 'short-secret',
    STRIPE_SECRET_KEY: 'pk_live_secret',
    STRIPE_WEBHOOK_SECRET: 'secret',
    CHANNEL_NEWS: 'ftp://user:secret@host',
  })
  for (const name of ['API_KEYS', 'STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET', 'CHANNEL_NEWS'])
    expect(message).toContain(name)
  expect(message).not.toContain('secret@host')
  expect(message).not.toContain('short-secret')
  expect(message).not.toContain('pk_live_secret')
})

test.each([
  [{ HOST: '0.0.0.0' }, /API_KEYS is missing: HOST=0\.0\.0\.0 can be reached by others/],
  [{ EMULATOR_HOST: '0.0.0.0' }, /EMULATOR_HOST=0\.0\.0\.0: the emulator/],
  [{ STRIPE_SECRET_KEY: 'sk_test_1' }, /STRIPE_WEBHOOK_SECRET is missing/],
  [{ STRIPE_SECRET_KEY: 'sk_org_live_1' }, /STRIPE_SECRET_KEY: this is the key of an organisation/],
  [{ STRIPE_WEBHOOK_SECRET: 'whsec_1' }, /STRIPE_SECRET_KEY is missing beside/],
  [{ STRIPE_ACCOUNT: 'acct_1' }, /STRIPE_SECRET_KEY is missing beside STRIPE_ACCOUNT/],
  [{ STRIPE_ACCOUNT: 'acct_1/acct_2' }, /STRIPE_ACCOUNT: give the id of one account/],
  [{ NODE_ENV: 'production' }, /NODE_ENV=production does not run on the emulator/],
  [{ 'CHANNEL_A-B': 'console:' }, /CHANNEL_A-B: name the channel with letters/],
  [{ CHANNEL_NEWS: 'console:', CHANNEL_news: 'console:' }, /CHANNEL_news: another channel has/],
  [{ PLANS: 'a,a' }, /a plan is listed twice/],
  [{ PLANS: 'a=x|x' }, /a has the same price twice/],
  [{ PLANS: 'a=' }, /give a lookup keys or price ids, separated by \|/],
  [{ STRIPE_API_BASE: 'https://api.stripe.com/v1' }, /give the address in front of \/v1/],
])('%j is refused', (environment, message) => {
  expect(messageOf(environment)).toMatch(message)
})

test('a setting’s former name is refused with the current one', () => {
  const message = messageOf({ SANDBOX_HOST: '127.0.0.1', SANDBOX_PORT: '4343' })
  expect(message).toContain('SANDBOX_HOST is now EMULATOR_HOST')
  expect(message).toContain('SANDBOX_PORT is now EMULATOR_PORT')
})

test('a setting by both its names, for a release on either side of the change, is read by the current one with a warning', () => {
  const { emulator, warnings } = resolveConfig({ SANDBOX_PORT: '4343', EMULATOR_PORT: '4344' })
  expect(emulator.port).toBe(4344)
  expect(warnings).toEqual(['SANDBOX_PORT is not read: EMULATOR_PORT, its name now, is given too'])
})

test('variables that Kubernetes injects for Services do not prevent a start', () => {
  const { emulator } = resolveConfig({
    SANDBOX_PORT: 'tcp://10.0.0.1:80',
    SANDBOX_PORT_80_TCP_ADDR: '10.0.0.1',
    EMULATOR_PORT: 'tcp://10.0.0.2:80',
  })
  expect(emulator.port).toBe(4242)
})

test.each([
  'emulator',
  'channel-news',
  'otel-exporter-prometheus',
  'api',
  'stripe',
  'host',
  'countinghouse',
  'database',
  'pg',
])('a Service named %s in the namespace changes no setting', (service) => {
  const name = service.toUpperCase().replaceAll('-', '_')
  const injected = {
    [`${name}_SERVICE_HOST`]: '10.0.0.1',
    [`${name}_SERVICE_PORT`]: '80',
    [`${name}_SERVICE_PORT_HTTP`]: '80',
    [`${name}_PORT`]: 'tcp://10.0.0.1:80',
    [`${name}_PORT_80_TCP`]: 'tcp://10.0.0.1:80',
    [`${name}_PORT_80_TCP_PROTO`]: 'tcp',
    [`${name}_PORT_80_TCP_PORT`]: '80',
    [`${name}_PORT_80_TCP_ADDR`]: '10.0.0.1',
    [`${name}_PORT_3000_TCP`]: 'tcp://10.0.0.1:3000',
    [`${name}_PORT_3000_TCP_ADDR`]: '10.0.0.1',
    [`${name}_PORT_53_UDP`]: 'udp://10.0.0.1:53',
    [`${name}_PORT_53_UDP_PORT`]: '53',
  }
  const { channels, warnings, emulator, metrics, port, host } = resolveConfig(injected)
  expect([...channels.keys()]).toEqual(['console'])
  expect(warnings).toEqual([])
  expect([host, port, emulator.port, metrics.port]).toEqual(['127.0.0.1', 3000, 4242, 9464])
})

test('only what has no path of its own in the settings is looked for under a former name', () => {
  expect(resolveConfig({}).database).toMatchObject({ formerPath: './data/sandbox.db' })
  const named = resolveConfig({ DATABASE_URL: 'sqlite:./ledger.db' })
  expect(named.database).toEqual({ engine: 'sqlite', path: './ledger.db' })
  expect(named.emulator.formerPath).toBeUndefined()
  expect(resolveConfig({ DATABASE_URL: 'postgres://host/ledger' }).emulator).toMatchObject({
    path: './data/stripe-emulator.db',
    formerPath: './data/stripe-sandbox.db',
  })
})
