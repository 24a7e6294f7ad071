import { DatabaseSync } from 'node:sqlite'
import { expect, inject, test, vi } from 'vitest'
import { doctor } from '../../src/commands/doctor.ts'
import { temporaryDatabase } from '../support/postgres.ts'
import { runCommand } from '../support/run-command.ts'
import { runService } from '../support/run-service.ts'
import { openShop, type Shop } from '../support/shop-with-clock.ts'
import { startAppWithStripe } from '../support/start-test-app.ts'
import { type OwnAnswer, startStripeProxy } from '../support/stripe-proxy.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const minuteMs = 60_000

function connect({ app }: Shop): void {
  const { apiUrl, metricsUrl } = app
  app.emulator.connect({ webhookUrl: `${apiUrl}/webhooks/stripe`, apiUrl, metricsUrl })
}

/** Lets the doctor look at a shop, whose Stripe answers some calls otherwise. */
async function examine(
  shop: Shop,
  answer: (method: string, path: string) => OwnAnswer | undefined = () => undefined,
  changes: Readonly<Record<string, string>> = {},
) {
  const proxy = await startStripeProxy(shop.app.emulator.url, answer)
  const environment = { ...shop.app.environment, STRIPE_API_BASE: proxy, ...changes }
  const { exitCode, text } = await runCommand(doctor, environment, [], shop.now)
  return { exitCode, text, bad: text.split('\n').filter((line) => line.startsWith('BAD')) }
}

test('all is well, line by line, and nothing was changed', async () => {
  const shop = await openShop()
  connect(shop)
  await shop.pay(1, 'success')
  await vi.waitFor(async () => expect(await shop.keys()).toHaveLength(1))
  const { exitCode, text } = await examine(shop)
  expect(text).toContain('All is well.')
  expect(exitCode).toBe(0)
  for (const name of [
    'schema',
    'key',
    'account',
    'ledger',
    'clock',
    'permissions',
    'plan starter',
    'endpoint',
    'events',
    'version',
    'default version',
    'refused',
    'last event',
    'last sweep',
    'last reconcile',
  ])
    expect(text).toMatch(new RegExp(`^ok   ${name} `, 'm'))
  expect(text).toContain('1 of the last 1 came by webhook')
  expect((await shop.stripe.checkout.sessions.list()).data).toHaveLength(0)
  expect(text).not.toContain(shop.app.emulator.secretKey)
})

test('a setting that has another effect than it may be meant to have is named', async () => {
  const shop = await openShop()
  connect(shop)
  const { text } = await examine(shop, () => undefined, { OTEL_TRACES_SAMPLER: 'xray' })
  expect(text).toMatch(/^ok {3}settings +OTEL_TRACES_SAMPLER: .* is used$/m)
})

test('a ledger of another schema is named, with what to do', async () => {
  const shop = await openShop()
  connect(shop)
  const { DATABASE_URL = '' } = shop.app.environment
  using file = new DatabaseSync(DATABASE_URL.replace('sqlite:', ''))
  const apply = (name: string) =>
    file.exec(`insert into kysely_migration (name, timestamp) values ('${name}', '')`)
  apply('9001-note')
  const { text } = await examine(shop)
  expect(text).toMatch(/^ok {3}schema +a newer release has brought .* finish the upgrade/m)
  apply('9002-contract-9001-note')
  const { bad } = await examine(shop)
  expect(bad).toEqual([
    expect.stringMatching(/schema 9002 needs a release of schema 9001 or later/),
  ])
  file.exec("delete from kysely_migration where name >= '0008'")
  expect((await examine(shop)).bad).toEqual([
    expect.stringMatching(/the ledger has schema 7 .* start the service of this release/),
  ])
})

test('a restricted key gets a list of the permissions that it lacks', async () => {
  const shop = await openShop()
  connect(shop)
  const forbidden = { error: { type: 'invalid_request_error', message: 'no permission' } }
  const { exitCode, bad } = await examine(
    shop,
    (method, path) =>
      path === '/v1/events' || (method === 'POST' && path === '/v1/checkout/sessions')
        ? { status: 403, body: forbidden }
        : undefined,
    { STRIPE_SECRET_KEY: 'rk_test_restricted' },
  )
  expect(exitCode).toBe(1)
  expect(bad.join('\n')).toContain('the key lacks "Events: Read"')
  expect(bad.join('\n')).toContain('the key lacks "Checkout Sessions: Write"')
  expect(bad.join('\n')).not.toContain('Charges')
})

test('a permission that several checks need is one line, with the name that Stripe gives it', async () => {
  const shop = await openShop()
  connect(shop)
  const lacking = (name: string) => ({
    status: 403,
    body: {
      error: {
        type: 'invalid_request_error',
        message: `The provided key does not have the required permissions. Having the '${name}' permission would allow this request to continue.`,
      },
    },
  })
  const { bad, text } = await examine(shop, (method, path) => {
    if (path === '/v1/account') return lacking('rak_account_read')
    if (method === 'GET' && path.startsWith('/v1/prices')) return lacking('rak_plan_read')
    return path === '/v1/webhook_endpoints' ? lacking('rak_webhook_read') : undefined
  })
  expect(bad.map((line) => line.replace(/^BAD +permissions +/, ''))).toEqual([
    'the key lacks "Account: Read" (rak_account_read): give it at dashboard.stripe.com/apikeys',
    'the key lacks "Prices: Read" (rak_plan_read): give it at dashboard.stripe.com/apikeys',
    'the key lacks "Webhook Endpoints: Read" (rak_webhook_read): give it at dashboard.stripe.com/apikeys',
  ])
  expect(text).toContain('3 of ')
})

test.each([
  ['/v1/products/', '"Products: Read" (rak_product_read)'],
  ['/v1/balance_transactions/', '"Balance: Read" (rak_balance_read)'],
])('a permission to read %s that only some answers need is named too', async (path, named) => {
  const shop = await openShop()
  connect(shop)
  const message = `The provided key does not have the required permissions. Having the '${/rak_\w+/.exec(named)}' permission would allow this request to continue.`
  const error = { type: 'invalid_request_error', message }
  const { bad } = await examine(shop, (_, asked) =>
    asked.startsWith(path) ? { status: 403, body: { error } } : undefined,
  )
  expect(bad).toHaveLength(1)
  expect(bad[0]).toContain(`the key lacks ${named}: give it at`)
})

test('a key that Stripe refuses is one line', async () => {
  const shop = await openShop()
  const error = { type: 'invalid_request_error', message: 'Invalid API Key provided: sk_test_x' }
  const { bad } = await examine(shop, () => ({ status: 401, body: { error } }))
  expect(bad).toHaveLength(1)
  expect(bad[0]).toContain('check STRIPE_SECRET_KEY): Invalid API Key provided: <key>')
})

function endpointLike(changes: object): OwnAnswer {
  return {
    status: 200,
    body: {
      object: 'list',
      has_more: false,
      url: '/v1/webhook_endpoints',
      data: [
        {
          id: 'we_1',
          object: 'webhook_endpoint',
          url: 'https://pay.example.com/webhooks/stripe',
          status: 'enabled',
          enabled_events: ['*'],
          api_version: '2026-10-28.endive',
          ...changes,
        },
      ],
    },
  }
}

test.each([
  ['is disabled', { status: 'disabled' }, 'is disabled: enable it'],
  ['sends too little', { enabled_events: ['refund.created'] }, 'does not send payment_intent.succ'],
  ['is old', { api_version: '2024-06-20' }, 'events of 2024-06-20: make a new one with 2025-03-31'],
  ['is elsewhere', { url: 'https://old.example.com/webhooks/stripe' }, 'Stripe has no endpoint'],
])('an endpoint that %s needs a hand', async (_, changes, reason) => {
  const shop = await openShop()
  const { exitCode, bad } = await examine(
    shop,
    (_method, path) => (path === '/v1/webhook_endpoints' ? endpointLike(changes) : undefined),
    { PUBLIC_URL: 'https://pay.example.com' },
  )
  expect([exitCode, bad.length]).toEqual([1, 1])
  expect(bad[0]).toContain(reason)
})

test('an endpoint of the default version is reported', async () => {
  const shop = await openShop()
  const { exitCode, text } = await examine(shop, (_method, path) =>
    path === '/v1/webhook_endpoints' ? endpointLike({ api_version: null }) : undefined,
  )
  expect(exitCode).toBe(0)
  expect(text).toContain("the account's default")
})

test.each([
  ['2024-06-20', 1, 'events of 2024-06-20, the account'],
  ['2026-10-28.endive', 0, "2026-10-28.endive, the account's default"],
])('an endpoint of the default version %s is as old as that', async (version, exitCode, reason) => {
  const shop = await openShop()
  const event = { id: 'evt_1', object: 'event', api_version: version }
  const answer = await examine(shop, (_method, path) => {
    if (path === '/v1/webhook_endpoints') return endpointLike({ api_version: null })
    const list = { object: 'list', url: '/v1/events', has_more: false, data: [event] }
    return path === '/v1/events' ? { status: 200, body: list } : undefined
  })
  expect(answer.exitCode).toBe(exitCode)
  expect(answer.text).toContain(reason)
})

test('without an endpoint at Stripe it reports which one to create', async () => {
  const { exitCode, bad } = await examine(await openShop())
  expect([exitCode, bad.length]).toEqual([1, 1])
  expect(bad[0]).toContain('with the events payment_intent.succeeded')
})

test('events that never came, and events that the sweep alone brings', async () => {
  const shop = await openShop()
  connect(shop)
  await shop.fault({ drop: 1 })
  await shop.pay(2, 'success')
  expect((await examine(shop)).exitCode).toBe(0)
  shop.clock.nowMs += 11 * minuteMs
  const late = await examine(shop)
  expect(late.bad.join('\n')).toContain('2 of the last 2 are not in the ledger')
  await shop.app.syncJobs.runSweep()
  const swept = await examine(shop)
  expect(swept.bad.join('\n')).toContain('none of the last 2 came by webhook')
})

test('a plan without a price, a clock that is wrong, sync jobs that are not done', async () => {
  const shop = await openShop()
  connect(shop)
  shop.clock.nowMs += 3 * 60 * minuteMs
  const { bad } = await examine(shop, () => undefined, {
    PLANS: 'starter,gold',
    SWEEP_SCHEDULE: '*/5 * * * *',
    RECONCILE_SCHEDULE: '0 * * * *',
  })
  expect(bad.map((line) => line.slice(5, 20).trim())).toEqual([
    'plan gold',
    'last sweep',
    'last reconcile',
  ])
  const proxy = await startStripeProxy(shop.app.emulator.url, () => undefined)
  const environment = { ...shop.app.environment, STRIPE_API_BASE: proxy }
  const ahead = () => shop.clock.nowMs + 5 * minuteMs
  expect((await runCommand(doctor, environment, [], ahead)).text).toMatch(
    /BAD {2}clock +300 s ahead of Stripe: set this machine's clock/,
  )
})

test('the ledger of another account, or none', async () => {
  const shop = await openShop()
  const other = await startAppWithStripe()
  const theirs = { ...shop.app.environment, STRIPE_API_BASE: other.emulator.url }
  expect((await runCommand(doctor, theirs)).text).toContain('that belong together')
  const DATABASE_URL = `sqlite:${temporaryFolder()}/none.db`
  const none = await runCommand(doctor, { ...theirs, DATABASE_URL })
  expect(none.text).toMatch(/BAD {2}ledger +there is none at DATABASE_URL yet/)
})

test('on the emulator it checks the running service, and explains how to set a key', async () => {
  const folder = temporaryFolder()
  const service = await runService(folder)
  const EMULATOR_PORT = new URL(service.shopUrl ?? '').port
  const environment = { DATABASE_URL: `sqlite:${folder}/ledger.db`, EMULATOR_PORT }
  const { text } = await runCommand(doctor, environment)
  expect(text).toContain('none: the emulator replaces Stripe. For your own account set')
  expect(text).toContain('ok   account')
  await service.end('SIGTERM')
  const away = await runCommand(doctor, environment)
  expect(away.exitCode).toBe(1)
  expect(away.text).toContain('start it (npm start), or set STRIPE_SECRET_KEY')
})

test('a database that cannot be read is reported with the reason and without the password', async () => {
  const shop = await openShop()
  const reasons = []
  for (const place of ['127.0.0.1:9/ledger', `${new URL(inject('postgresUrl')).host}/nowhere`]) {
    const DATABASE_URL = `postgres://postgres:geheimnis@${place}`
    const { exitCode, text, bad } = await examine(shop, undefined, { DATABASE_URL })
    expect(exitCode).toBe(1)
    expect(text).not.toContain('geheimnis')
    expect(text).not.toContain('there is none at DATABASE_URL yet')
    reasons.push(bad.find((line) => line.includes('ledger')))
  }
  expect(reasons).toEqual([
    expect.stringMatching(
      /cannot be read \(nothing accepts connections.*\(ECONNREFUSED\)\): check DATABASE_URL/,
    ),
    expect.stringMatching(/cannot be read \(the server does not have the database.*\(3D000\)\)/),
  ])
})

test('a database without a ledger is reported as having none yet', async () => {
  const shop = await openShop()
  const DATABASE_URL = await temporaryDatabase()
  const { bad } = await examine(shop, undefined, { DATABASE_URL })
  expect(bad.join()).toContain('there is none at DATABASE_URL yet: start the service once')
})
