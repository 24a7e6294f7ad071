import { expect, test, vi } from 'vitest'
import { createSetupGateway } from '../../src/stripe/client/setup-gateway.ts'
import { eventTypes } from '../../src/stripe/facts/registry.ts'
import { controlsOf } from '../support/emulator-controls.ts'
import { runStartWith } from '../support/run-command-on.ts'
import { openEmptyAccount, runSetup, settingsFor, webhookUrl } from '../support/run-setup.ts'
import { startTestApp } from '../support/start-test-app.ts'
import { startStripeProxy } from '../support/stripe-proxy.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const starter = ['--price', 'starter=19.00usd/month']
/** No sweep counts what the webhook should. */
const never = '0 0 29 2 *'
const secretPattern = /whsec_\w+/g

type Account = Awaited<ReturnType<typeof openEmptyAccount>>

/** What setup made, as Stripe shows it. */
async function madeAt({ stripe }: Account) {
  const endpoints = await stripe.webhookEndpoints.list({ limit: 100 })
  const thin = await stripe.v2.core.eventDestinations.list({ include: ['webhook_endpoint.url'] })
  const prices = await stripe.prices.list({ limit: 100 })
  return {
    products: (await stripe.products.list()).data.map(({ id, name }) => `${id} ${name}`),
    prices: prices.data.map(({ id, unit_amount, lookup_key }) => ({ id, unit_amount, lookup_key })),
    endpoints: endpoints.data.filter(({ url }) => url.startsWith('https:')),
    thin: thin.data,
  }
}

test('it makes the product, the price and both endpoints, and a second run changes nothing', async () => {
  const account = await openEmptyAccount()
  const environment = { ...settingsFor(account), PLANS: 'starter,big_team=team|team_yearly' }
  const prices = [...starter, '--price', 'team=99eur/3months', '--price', 'team_yearly=1000JPY']
  const first = await runSetup(environment, [...prices, '--yes'])
  expect([first.exitCode, first.text]).toEqual([0, expect.stringContaining('made  thin endpoint')])
  const secrets = first.text.match(secretPattern) ?? []
  expect(new Set(secrets).size).toBe(2)
  expect(first.text).toContain(`\nSTRIPE_WEBHOOK_SECRET=${secrets.join(',')}\n`)

  expect([...account.problems]).toEqual([])

  const made = await madeAt(account)
  expect(made.products.toSorted()).toEqual([
    'countinghouse_big_team Big Team',
    'countinghouse_starter Starter',
  ])
  expect(made.prices.map(({ unit_amount, lookup_key }) => [lookup_key, unit_amount])).toEqual(
    expect.arrayContaining([
      ['starter', 1900],
      ['team', 9900],
      ['team_yearly', 1000],
    ]),
  )
  expect(made.endpoints).toMatchObject([
    { url: webhookUrl, enabled_events: eventTypes, api_version: '2026-10-28.endive' },
  ])
  expect(made.thin).toMatchObject([
    {
      event_payload: 'thin',
      enabled_events: ['v2.core.health.event_generation_failure.resolved'],
      webhook_endpoint: { url: webhookUrl },
    },
  ])
  const known = { ...environment, STRIPE_WEBHOOK_SECRET: secrets.join(',') }
  const second = await runSetup(known, [...prices, '--yes'])
  expect(second.text).toContain('There is nothing to make, and nothing was changed.')
  expect([second.exitCode, second.text.match(secretPattern)]).toEqual([0, null])
  expect(await madeAt(account)).toEqual(made)

  const lost = await runSetup({ ...environment, STRIPE_WEBHOOK_SECRET: secrets[0] }, prices)
  expect(lost.text).toMatch(/^note {2}thin endpoint .*needs its secret beside .*reveal that of/m)
})

test.each<[string, string[], string[] | undefined, number, string]>([
  ['without a terminal', [], undefined, 1, 'there is no terminal to ask at. --yes agrees.'],
  ['with --dry-run', ['--dry-run'], undefined, 0, 'Nothing was changed.'],
  ['after a no', [], ['n'], 1, 'Nothing was changed.'],
])('%s it shows the plan and changes nothing', async (_, args, answers, exitCode, reason) => {
  const account = await openEmptyAccount()
  const run = await runSetup(settingsFor(account), [...starter, ...args], answers)
  expect([run.exitCode, run.text]).toEqual([exitCode, expect.stringContaining(reason)])
  expect(run.text).toMatch(/^make {2}price starter +19\.00 usd, each month/m)
  expect(run.text).toMatch(/^make {2}endpoint +https:/m)
  expect(await madeAt(account)).toEqual({ products: [], prices: [], endpoints: [], thin: [] })
})

test('at a terminal it asks for each price that is missing, until it is one, and then whether to make it', async () => {
  const account = await openEmptyAccount()
  const answers = ['19 dollars', '19.999 usd/month', '19usd/month', 'y']
  const run = await runSetup(settingsFor(account), [], answers)
  expect(run.exitCode).toBe(0)
  expect(run.questions).toHaveLength(4)
  expect(run.questions[2]).toContain('USD has 2 decimals')
  expect((await madeAt(account)).prices).toMatchObject([{ unit_amount: 1900 }])
})

test('a price that nobody named is left to the operator, and the rest is made', async () => {
  const account = await openEmptyAccount()
  const { exitCode, text } = await runSetup(settingsFor(account), ['--yes'])
  expect(exitCode).toBe(1)
  expect(text).toMatch(/^YOU {3}price starter +is missing: add --price starter=19\.00usd\/month/m)
  expect(await madeAt(account)).toMatchObject({ prices: [], endpoints: [{ url: webhookUrl }] })
})

test('a price that differs is shown and kept; a new one takes its lookup key only when asked to', async () => {
  const account = await openEmptyAccount()
  const environment = settingsFor(account)
  await runSetup(environment, [...starter, '--yes'])
  const [old] = (await madeAt(account)).prices
  const dearer = ['--price', 'starter=29usd/month', '--yes']
  const kept = await runSetup(environment, dearer)
  expect(kept.exitCode).toBe(1)
  expect(kept.text).toMatch(/^YOU {3}price starter .*is 19\.00 usd, each month .*not 29\.00 usd/m)
  expect((await madeAt(account)).prices).toEqual([old])

  const moved = await runSetup(environment, [...dearer, '--transfer-lookup-key'])
  expect(moved.text).toContain(`the lookup key moves to it from ${old?.id}`)
  const prices = (await madeAt(account)).prices
  expect(prices).toContainEqual({ id: old?.id, unit_amount: 1900, lookup_key: null })
  expect(prices).toContainEqual(
    expect.objectContaining({ unit_amount: 2900, lookup_key: 'starter' }),
  )
  expect((await madeAt(account)).products).toHaveLength(1)
})

function lacking(name: string) {
  const message = `The provided key does not have the required permissions. Having the '${name}' permission would allow this request to continue.`
  return { status: 403, body: { error: { type: 'invalid_request_error', message } } }
}

test('a run that ended between two creations is continued', async () => {
  const account = await openEmptyAccount()
  const STRIPE_API_BASE = await startStripeProxy(account.emulator.url, (method, path) =>
    method === 'POST' && path !== '/v1/products' ? lacking('rak_plan_write') : undefined,
  )
  const broken = await runSetup({ ...settingsFor(account), STRIPE_API_BASE }, [...starter, '--yes'])
  expect(broken.exitCode).toBe(1)
  expect(broken.text).toMatch(/^YOU {3}price starter .*the permission rak_plan_write/m)
  expect(broken.text).not.toContain('not made: run setup again')
  expect(await madeAt(account)).toMatchObject({ products: { length: 1 }, prices: { length: 0 } })
  const next = await runSetup(settingsFor(account), [...starter, '--yes'])
  expect(next.exitCode).toBe(0)
  expect(await madeAt(account)).toMatchObject({ products: { length: 1 }, prices: { length: 1 } })
})

test('the secret of an endpoint that an interrupted run created is asked for again, within a day', async () => {
  const account = await openEmptyAccount()
  const gateway = createSetupGateway(account.stripe)
  const { id, secret } = await gateway.createEndpoint({ url: webhookUrl, events: eventTypes })
  const run = await runSetup(settingsFor(account), [...starter, '--yes'])
  expect(run.text).toContain(`STRIPE_WEBHOOK_SECRET=${secret},whsec_`)
  expect((await madeAt(account)).endpoints.map((one) => one.id)).toEqual([id])
  account.clock.nowMs = Date.now() + 86_400_000
  const late = await runSetup(settingsFor(account), ['--yes'])
  expect(late.text).toMatch(
    /^YOU {3}secret +STRIPE_WEBHOOK_SECRET is missing\. .*reveal that of we_/m,
  )
})

test('a secret that Stripe does not repeat, because its answer was an error, is left to the operator', async () => {
  const account = await openEmptyAccount()
  const { faults } = controlsOf(account.emulator.url)
  await faults({ apiErrorAfter: 1 })
  const endpoint = { url: webhookUrl, events: eventTypes }
  await expect(createSetupGateway(account.stripe).createEndpoint(endpoint)).rejects.toThrow()
  await faults(null)
  const { exitCode, text } = await runSetup(settingsFor(account), [...starter, '--yes'])
  expect(exitCode).toBe(1)
  expect(text).toMatch(/^YOU {3}secret .*reveal that of we_\w+ at dashboard/m)
  expect((await madeAt(account)).endpoints).toHaveLength(1)
})

test('an endpoint that was deleted is created again, also on the same day', async () => {
  const account = await openEmptyAccount()
  const gateway = createSetupGateway(account.stripe)
  const endpoint = { url: webhookUrl, events: eventTypes }
  const first = await gateway.createEndpoint(endpoint)
  await account.stripe.webhookEndpoints.del(first.id)
  const second = await gateway.createEndpoint(endpoint)
  expect(second.id).not.toBe(first.id)
  expect((await madeAt(account)).endpoints.map(({ id }) => id)).toEqual([second.id])
})

test('an endpoint that is disabled and sends too little is put right, with its own events kept', async () => {
  const account = await openEmptyAccount()
  const { id } = await account.stripe.webhookEndpoints.create({
    url: webhookUrl,
    enabled_events: ['invoice.paid'],
  })
  await account.stripe.webhookEndpoints.update(id, { disabled: true })
  const environment = { ...settingsFor(account), STRIPE_WEBHOOK_SECRET: 'whsec_known' }
  const run = await runSetup(environment, [...starter, '--yes'])
  expect(run.text).toContain('enable it, which is disabled; add payment_intent.succeeded')
  const [endpoint] = (await madeAt(account)).endpoints
  expect(endpoint).toMatchObject({
    id,
    status: 'enabled',
    enabled_events: ['invoice.paid', ...eventTypes],
  })
  expect(run.text).toMatch(/^STRIPE_WEBHOOK_SECRET=<what it has now>,whsec_\w+$/m)
  expect(run.text).not.toContain('whsec_known')
})

test('an endpoint of an old version is left to the operator', async () => {
  const account = await openEmptyAccount()
  await account.stripe.webhookEndpoints.create({
    url: webhookUrl,
    enabled_events: ['*'],
    api_version: '2022-11-15',
  })
  const { exitCode, text } = await runSetup(settingsFor(account), [...starter, '--yes'])
  expect(exitCode).toBe(1)
  expect(text).toMatch(/^YOU {3}endpoint +we_\w+ sends events of 2022-11-15, .*delete it/m)
})

test('at the limit of endpoints it says what to do, once, and makes the rest', async () => {
  const account = await openEmptyAccount()
  for (let count = 1; count < 16; count += 1)
    await account.stripe.webhookEndpoints.create({
      url: `https://other.example.com/${count}`,
      enabled_events: ['*'],
    })
  const { exitCode, text } = await runSetup(settingsFor(account), [...starter, '--yes'])
  expect(exitCode).toBe(1)
  expect(text).toMatch(/^YOU {3}endpoint .*maximum of 16 test webhook endpoints.*delete one that/m)
  expect((await madeAt(account)).prices).toHaveLength(1)
})

test('a key that may not use event destinations gets a note, and the setup is complete without', async () => {
  const account = await openEmptyAccount()
  const STRIPE_API_BASE = await startStripeProxy(account.emulator.url, (_, path) =>
    path.startsWith('/v2/') ? lacking('rak_none') : undefined,
  )
  const { exitCode, text } = await runSetup({ ...settingsFor(account), STRIPE_API_BASE }, [
    ...starter,
    '--yes',
  ])
  expect([exitCode, text]).toEqual([
    0,
    expect.stringMatching(/^note {2}thin endpoint .*Workbench for https/m),
  ])
})

test('a key that Stripe refuses is one message', async () => {
  const account = await openEmptyAccount()
  const error = { type: 'invalid_request_error', message: 'Invalid API Key provided: sk_test_x' }
  const STRIPE_API_BASE = await startStripeProxy(account.emulator.url, () => ({
    status: 401,
    body: { error },
  }))
  await expect(runSetup({ ...settingsFor(account), STRIPE_API_BASE }, ['--yes'])).rejects.toThrow(
    /check STRIPE_SECRET_KEY\): Invalid API Key provided: <key>$/,
  )
})

test.each([
  [{ PUBLIC_URL: undefined }, 'set PUBLIC_URL to where Stripe reaches the service'],
  [{ PUBLIC_URL: 'http://127.0.0.1:3000' }, 'for development use "stripe listen"'],
])('without an address that Stripe reaches there is no endpoint: %j', async (changes, reason) => {
  const account = await openEmptyAccount()
  const { exitCode, text } = await runSetup({ ...settingsFor(account), ...changes }, [
    ...starter,
    '--yes',
  ])
  expect([exitCode, text]).toEqual([1, expect.stringContaining(reason)])
  expect((await madeAt(account)).endpoints).toEqual([])
})

test('in live mode the plan says so, and that Stripe needs https', async () => {
  const account = await openEmptyAccount()
  const empty = { object: 'list', data: [], has_more: false, url: '/' }
  const STRIPE_API_BASE = await startStripeProxy(account.emulator.url, (_, path) =>
    path === '/v1/account'
      ? { status: 200, body: { id: 'acct_1live', object: 'account' } }
      : path.startsWith('/v1/products/')
        ? {
            status: 404,
            body: { error: { type: 'invalid_request_error', code: 'resource_missing' } },
          }
        : { status: 200, body: empty },
  )
  const { text } = await runSetup(
    {
      ...settingsFor(account),
      STRIPE_API_BASE,
      STRIPE_SECRET_KEY: 'rk_live_1',
      PUBLIC_URL: 'http://pay.example.com',
    },
    [...starter, '--dry-run'],
  )
  expect(text).toContain('acct_1live, live mode\nLIVE MODE: customers pay the prices')
  expect(text).toContain('Stripe sends live events by https alone')
  expect(text).not.toContain('rk_live_1')
})

test.each([
  [['--price', 'gold=1usd'], 'PLANS has no lookup key "gold": it has starter, starter_monthly'],
  [['--price', 'starter=19'], 'give amount, currency and period, such as 19.00usd/month'],
  [[...starter, ...starter], '--price starter is given twice'],
  [['--yes', '--dry-run'], '--yes, --dry-run and --check exclude each other'],
])('%j is refused', async (args, reason) => {
  const account = await openEmptyAccount()
  await expect(runSetup(settingsFor(account), args)).rejects.toThrow(reason)
})

test('--check is the first part of doctor, and needs no ledger', async () => {
  const account = await openEmptyAccount()
  const environment = {
    ...settingsFor(account),
    DATABASE_URL: `sqlite:${temporaryFolder()}/none.db`,
  }
  const before = await runSetup(environment, ['--check'])
  expect(before.exitCode).toBe(1)
  expect(before.text).toMatch(/^BAD {2}endpoint .*make it by "npm run setup"/m)
  await runSetup(environment, [...starter, '--yes'])
  const after = await runSetup(environment, ['--check'])
  expect([after.exitCode, after.text]).toEqual([0, expect.stringContaining('All is well.')])
  expect(after.text).not.toContain('last sweep')
})

test('with what setup prints, the service makes its first sale, and counts it by webhook', async () => {
  const account = await openEmptyAccount()
  const environment = { ...settingsFor(account), SWEEP_SCHEDULE: never, RECONCILE_SCHEDULE: never }
  const { text } = await runSetup(environment, [...starter, '--yes'])
  const [, STRIPE_WEBHOOK_SECRET = ''] = /^STRIPE_WEBHOOK_SECRET=(.*)$/m.exec(text) ?? []
  const app = await startTestApp({ environment: { ...environment, STRIPE_WEBHOOK_SECRET } })
  // A tunnel: Stripe reaches the address of the endpoint, the test only its own machine.
  const [endpoint] = (await madeAt(account)).endpoints
  const url = `${app.apiUrl}/webhooks/stripe`
  await account.stripe.webhookEndpoints.update(endpoint?.id ?? '', { url })
  const checkout = await app.call('POST', '/v1/checkout-sessions', { plan: 'starter' })
  expect(checkout.status).toBe(201)
  await controlsOf(account.emulator.url).pay('success', 1)
  await vi.waitFor(
    async () => {
      const counters = await app.counters()
      expect(counters.get('billing_payments_total{status="success"}')).toBe(1)
      expect(counters.get('billing_checkout_started_total{plan="starter"}')).toBe(1)
    },
    { timeout: 20_000 },
  )
})

test('--json prints one object, which alone holds the secrets', async () => {
  const account = await openEmptyAccount()
  const { text } = await runSetup(settingsFor(account), [...starter, '--yes', '--json'])
  const result: unknown = JSON.parse(text)
  expect(result).toMatchObject({
    changed: true,
    steps: [
      { state: 'made', name: 'price starter' },
      { name: 'endpoint' },
      { name: 'thin endpoint' },
    ],
    webhook_secrets: [expect.stringMatching(/^whsec_/), expect.stringMatching(/^whsec_/)],
  })
})

test('as a command it names the permissions first, works without a webhook secret, and shows the plan without a terminal', async () => {
  const account = await openEmptyAccount()
  const folder = temporaryFolder()
  const none = await runStartWith(folder, {}, 'setup')
  expect(none.exitCode).toBe(2)
  expect(none.text).toMatch(
    /^A restricted key needs.*\n {2}Account: Read, .*\n.*\n {2}Products: Write/,
  )
  expect(none.errorText).toContain('STRIPE_SECRET_KEY is missing: make a restricted key')
  const run = await runStartWith(folder, settingsFor(account), 'setup', ...starter)
  expect([run.exitCode, run.text]).toEqual([1, expect.stringContaining('--yes agrees')])
  expect(run.text).not.toContain(account.emulator.secretKey)
})
