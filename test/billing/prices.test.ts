import { expect, test } from 'vitest'
import { parsePlans } from '../../src/config/plans.ts'
import { movePrice, openSeller } from '../support/sell.ts'
import { startTestApp } from '../support/start-test-app.ts'
import { startStripeProxy } from '../support/stripe-proxy.ts'

function started(plan: string): string {
  return `billing_checkout_started_total{plan="${plan}"}`
}

function emulatorWith(text: string) {
  const parsed = parsePlans(text)
  if ('problems' in parsed) throw new Error(parsed.problems.join())
  return { environment: { PLANS: text }, emulator: { plans: parsed.plans } }
}

/** A yearly price beside the monthly one of the plan `starter`. */
const yearly = { currency: 'usd', unit_amount: 19_000, recurring: { interval: 'year' } } as const

test('a price that is billed by usage is sold without a quantity, and refused with one', async () => {
  const { stripe, sold, buy } = await openSeller()
  await stripe.prices.create({
    currency: 'usd',
    unit_amount: 3,
    recurring: { interval: 'month', usage_type: 'metered' },
    product_data: { name: 'Calls' },
    lookup_key: 'starter',
    transfer_lookup_key: true,
  })
  const session = await sold({ plan: 'starter' })
  expect(session.line_items?.data).toMatchObject([{ quantity: null }])
  expect(await buy({ plan: 'starter', quantity: 2 })).toMatchObject({
    status: 400,
    body: { detail: expect.stringMatching(/^quantity: .*billed by usage/) },
  })
})

test('a price that was archived after it was read is replaced by the one that now has its lookup key', async () => {
  const { app, stripe, sold } = await openSeller()
  await sold({ plan: 'starter' })
  const { from, to } = await movePrice(stripe, 'starter', 2900)
  await stripe.prices.update(from.id, { active: false })
  const session = await sold({ plan: 'starter' })
  expect(session.line_items?.data[0]?.price?.id).toBe(to.id)
  expect((await app.counters()).get(started('starter'))).toBe(2)
})

test('a plan is not sold at its former price, which is still active, once its lookup key has moved', async () => {
  const { app, stripe, sold } = await openSeller()
  await sold({ plan: 'starter' })
  const { to } = await movePrice(stripe, 'starter', 2900)
  expect((await sold({ plan: 'starter' })).line_items?.data[0]?.price?.id).toBe(to.id)
  const { data } = await stripe.checkout.sessions.list()
  // The session that showed the move exists at Stripe as well, so it is counted.
  expect(data).toHaveLength(3)
  expect((await app.counters()).get(started('starter'))).toBe(3)
  await sold({ plan: 'starter' })
  expect((await stripe.checkout.sessions.list()).data).toHaveLength(4)
})

test('a plan whose lookup key was removed is not sold at its former price', async () => {
  const { stripe, buy, sold } = await openSeller()
  await sold({ plan: 'starter' })
  const [price] = (await stripe.prices.list({ lookup_keys: ['starter'] })).data
  await stripe.prices.update(String(price?.id), { lookup_key: 'other' })
  expect(await buy({ plan: 'starter' })).toMatchObject({
    status: 503,
    body: { detail: expect.stringContaining('Stripe has none with the lookup key "starter"') },
  })
})

test('a price that the settings name by its id is sold whatever its lookup key', async () => {
  const { stripe, sold } = await openSeller(emulatorWith('gold=price_gold'))
  await sold({ plan: 'gold' })
  await stripe.prices.update('price_gold', { lookup_key: 'moved' })
  expect((await sold({ plan: 'gold' })).line_items?.data[0]?.price?.id).toBe('price_gold')
  expect((await stripe.checkout.sessions.list()).data).toHaveLength(2)
})

test('an archived price that nothing replaces is a 503 with Stripe’s own reason, and the next sale after it is back works', async () => {
  const { stripe, buy, sold } = await openSeller()
  await sold({ plan: 'starter' })
  const [price] = (await stripe.prices.list({ lookup_keys: ['starter'] })).data
  await stripe.prices.update(String(price?.id), { active: false })
  expect(await buy({ plan: 'starter' })).toMatchObject({
    status: 503,
    body: {
      type: 'urn:countinghouse:problem:plan_unavailable',
      detail: expect.stringContaining(`${price?.id} is archived`),
    },
  })
  await stripe.prices.update(String(price?.id), { active: true })
  await expect
    .poll(async () => (await buy({ plan: 'starter' })).status, { timeout: 20_000 })
    .toBe(201)
})

test('a plan whose product is archived is reported as such and hides no other plan', async () => {
  const { app, stripe, buy, sold } = await openSeller()
  const [price] = (await stripe.prices.list({ lookup_keys: ['enterprise'] })).data
  await stripe.products.update(String(price?.product), { active: false })
  const refused = await buy({ plan: 'enterprise' })
  expect(refused).toMatchObject({
    status: 503,
    body: { detail: expect.stringContaining(`the product of ${price?.id} is archived`) },
  })
  await sold({ plan: 'starter' })
  const answer = await app.call('GET', '/v1/plans')
  expect(await answer.json()).toMatchObject({
    data: [
      { plan: 'starter', reason: null },
      { plan: 'professional', reason: null },
      { plan: 'enterprise', price: price?.id, reason: expect.stringContaining('product') },
    ],
  })
})

// raystack/frontier#1811
test('a plan whose price is archived from the beginning hides no other plan', async () => {
  const { app, stripe, sold } = await openSeller()
  const [price] = (await stripe.prices.list({ lookup_keys: ['enterprise'] })).data
  await stripe.prices.update(String(price?.id), { active: false })
  await sold({ plan: 'starter' })
  const answer = await app.call('GET', '/v1/plans')
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({
    data: [
      { plan: 'starter', reason: null },
      { plan: 'professional', reason: null },
      { plan: 'enterprise', reason: expect.any(String) },
    ],
  })
})

test('the monthly and the yearly price of a plan count under its one label', async () => {
  const { app, stripe, sold, buy } = await openSeller()
  const [monthly] = (await stripe.prices.list({ lookup_keys: ['starter'] })).data
  const product = String(monthly?.product)
  const price = await stripe.prices.create({ ...yearly, product, lookup_key: 'starter_yearly' })
  for (const name of ['starter_yearly', price.id]) {
    const session = await sold({ plan: 'starter', price: name })
    expect(session).toMatchObject({ metadata: { plan: 'starter' }, amount_total: 19_000 })
  }
  expect(await sold({ plan: 'starter' })).toMatchObject({ amount_total: 1900 })
  expect((await app.counters()).get(started('starter'))).toBe(3)
  expect(await (await app.call('GET', '/v1/plans')).json()).toMatchObject({
    data: [
      {
        plan: 'starter',
        price: monthly?.id,
        prices: [
          { lookup_key: 'starter', interval: 'month' },
          { lookup_key: 'starter_yearly', interval: 'year', price: price.id },
        ],
      },
      { plan: 'professional' },
      { plan: 'enterprise' },
    ],
  })
  const [other] = (await stripe.prices.list({ lookup_keys: ['enterprise'] })).data
  expect(await buy({ plan: 'starter', price: String(other?.id) })).toMatchObject({
    status: 400,
    body: {
      detail: expect.stringMatching(/^price: .* is no price of the plan starter: use one of/),
    },
  })
})

test('the settings name the prices of a plan by lookup keys of any name and by ids', async () => {
  const { stripe, sold, app } = await openSeller(
    emulatorWith('gold=tier_1|tier_1_yearly,silver=price_silver'),
  )
  expect((await sold({ plan: 'gold' })).line_items?.data[0]?.price?.lookup_key).toBe('tier_1')
  expect(await sold({ plan: 'gold', price: 'tier_1_yearly' })).toMatchObject({
    amount_total: 19_000,
  })
  expect((await sold({ plan: 'silver' })).line_items?.data[0]?.price?.id).toBe('price_silver')
  expect((await app.counters()).get(started('gold'))).toBe(2)
  const known = await stripe.prices.list({ limit: 100 })
  expect(known.data.map(({ lookup_key, id }) => lookup_key ?? id).toSorted()).toEqual([
    'price_silver',
    'tier_1',
    'tier_1_yearly',
  ])
})

test('a price that is paid every three months shows its interval', async () => {
  const { app, stripe } = await openSeller()
  await stripe.prices.create({
    currency: 'usd',
    unit_amount: 5000,
    recurring: { interval: 'month', interval_count: 3 },
    product_data: { name: 'Quarter' },
    lookup_key: 'starter',
    transfer_lookup_key: true,
  })
  expect(await (await app.call('GET', '/v1/plans')).json()).toMatchObject({
    data: [{ interval: 'month', interval_count: 3 }, { plan: 'professional' }, {}],
  })
})

test('a base address with a path leads every call below it', async () => {
  const paths = new Set<string>()
  const missing = { error: { type: 'invalid_request_error', message: 'none' } }
  const stripe = await startStripeProxy('http://127.0.0.1:1', (_, path) => {
    paths.add(path)
    return { status: 404, body: missing }
  })
  const app = await startTestApp({
    environment: {
      STRIPE_SECRET_KEY: 'sk_test_x',
      STRIPE_WEBHOOK_SECRET: 'whsec_x',
      STRIPE_API_BASE: `${stripe}/stripe/`,
    },
  })
  expect((await app.call('GET', '/v1/plans')).status).toBe(502)
  expect(paths).toContain('/stripe/v1/prices')
  expect([...paths].filter((path) => !path.startsWith('/stripe/v1/'))).toEqual([])
})
