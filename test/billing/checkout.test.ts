import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createStripeClient } from '../../src/stripe/client/client.ts'
import { startAppWithStripe, startTestApp } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const key = 'key-of-sixteen-or-more'
const session = z.strictObject({
  id: z.string(),
  url: z.url(),
  plan: z.string(),
  expires_at: z.iso.datetime(),
})

function started(plan: string) {
  return `billing_checkout_started_total{plan="${plan}"}`
}

test('a checkout is created at Stripe with the plan and the ledger in its metadata, and counted', async () => {
  const app = await startAppWithStripe()
  const answer = await app.call('POST', '/v1/checkout-sessions', {
    plan: 'enterprise',
    quantity: 2,
    customer_email: 'jenny@example.com',
    client_reference_id: 'order-1',
  })
  expect(answer.status).toBe(201)
  const { id, plan } = session.parse(await answer.json())
  expect(plan).toBe('enterprise')
  const stripe = createStripeClient({ secretKey: 'sk_test_x', apiBase: app.emulator.url })
  expect(await stripe.checkout.sessions.retrieve(id)).toMatchObject({
    mode: 'subscription',
    client_reference_id: 'order-1',
    metadata: { plan: 'enterprise', countinghouse: expect.stringMatching(/^[0-9a-f]{8}$/) },
    success_url: `${app.apiUrl}/checkout/success?session_id={CHECKOUT_SESSION_ID}`,
    cancel_url: `${app.apiUrl}/checkout/cancel`,
  })
  expect((await app.counters()).get(started('enterprise'))).toBe(1)
})

test('the same Idempotency-Key again is the same session, counted once; another request with it is a conflict', async () => {
  const app = await startAppWithStripe()
  const ask = (plan: string) =>
    app.call('POST', '/v1/checkout-sessions', { plan }, { 'idempotency-key': 'order-1' })
  const [firstAnswer, replay] = [await ask('starter'), await ask('starter')]
  const first = session.parse(await firstAnswer.json())
  expect(session.parse(await replay.json())).toEqual(first)
  expect(firstAnswer.headers.has('idempotent-replayed')).toBe(false)
  expect(replay.headers.get('idempotent-replayed')).toBe('true')
  const other = await ask('professional')
  expect(other.status).toBe(409)
  expect(await other.json()).toMatchObject({
    type: 'urn:countinghouse:problem:idempotency_conflict',
  })
  expect((await app.counters()).get(started('starter'))).toBe(1)
  expect((await app.counters()).get(started('professional'))).toBe(0)
})

test('a one-time price is sold in payment mode, and a plan may name its price outright', async () => {
  const folder = temporaryFolder()
  const app = await startAppWithStripe({ folder })
  const stripe = createStripeClient({ secretKey: 'sk_test_x', apiBase: app.emulator.url })
  const price = await stripe.prices.create({
    currency: 'usd',
    unit_amount: 500,
    product_data: { name: 'Once' },
  })
  const other = await startAppWithStripe({
    environment: {
      PLANS: `once=${price.id},starter`,
      STRIPE_API_BASE: app.emulator.url,
      DATABASE_URL: `sqlite:${join(folder, 'other.db')}`,
    },
  })
  const answer = await other.call('POST', '/v1/checkout-sessions', { plan: 'once' })
  const { id } = session.parse(await answer.json())
  expect(await stripe.checkout.sessions.retrieve(id)).toMatchObject({ mode: 'payment' })
  expect((await other.counters()).get(started('once'))).toBe(1)
})

test('a caller may name pages of the allowed origins, and no others', async () => {
  const app = await startAppWithStripe({
    environment: { CHECKOUT_RETURN_ORIGINS: 'https://shop.example.com' },
  })
  const ask = (success_url: string) =>
    app.call('POST', '/v1/checkout-sessions', { plan: 'starter', success_url })
  const allowed = await ask('https://shop.example.com/thanks?a=1#top')
  const { id } = session.parse(await allowed.json())
  const stripe = createStripeClient({ secretKey: 'sk_test_x', apiBase: app.emulator.url })
  expect((await stripe.checkout.sessions.retrieve(id)).success_url).toBe(
    'https://shop.example.com/thanks?a=1&session_id={CHECKOUT_SESSION_ID}#top',
  )
  const refused = await ask('https://evil.example.com/shop.example.com')
  expect(refused.status).toBe(400)
  expect(await refused.json()).toMatchObject({
    detail: expect.stringMatching(
      /success_url.*https:\/\/shop\.example\.com.*CHECKOUT_RETURN_ORIGINS/,
    ),
  })
})

test.each([
  [
    'an unknown plan',
    { plan: 'gold' },
    'unknown_plan',
    /"gold".*starter, professional, enterprise/,
  ],
  ['no plan', {}, 'invalid_request', /^plan: /],
  ['a quantity of 0', { plan: 'starter', quantity: 0 }, 'invalid_request', /^quantity: /],
  ['a field that there is not', { plan: 'starter', colour: 1 }, 'invalid_request', /"colour"/],
])('%s is refused with 400 before Stripe is asked', async (_, body, code, detail) => {
  const app = await startAppWithStripe()
  const answer = await app.call('POST', '/v1/checkout-sessions', body)
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({
    type: `urn:countinghouse:problem:${code}`,
    detail: expect.stringMatching(detail),
    request_id: expect.any(String),
  })
  const stripe = createStripeClient({ secretKey: 'sk_test_x', apiBase: app.emulator.url })
  expect((await stripe.checkout.sessions.list()).data).toEqual([])
})

test('a body that is not JSON and a wrong content type are different errors', async () => {
  const app = await startAppWithStripe()
  const send = (headers: Record<string, string>) =>
    fetch(`${app.apiUrl}/v1/checkout-sessions`, { method: 'POST', headers, body: '{"plan"' })
  const malformed = await send({ 'content-type': 'application/json' })
  expect(malformed.status).toBe(400)
  expect(await malformed.json()).toMatchObject({ type: 'urn:countinghouse:problem:invalid_json' })
  expect((await send({ 'content-type': 'text/plain' })).status).toBe(415)
})

test('a plan without a price is a 503 that names the lookup key, and hides no other plan', async () => {
  const app = await startAppWithStripe({ environment: { PLANS: 'starter,gold' } })
  const answer = await app.call('POST', '/v1/checkout-sessions', { plan: 'gold' })
  expect(answer.status).toBe(503)
  expect(await answer.json()).toMatchObject({
    type: 'urn:countinghouse:problem:plan_unavailable',
    detail: expect.stringContaining('lookup key "gold"'),
  })
  const plans = await app.call('GET', '/v1/plans')
  expect(plans.status).toBe(200)
  expect(await plans.json()).toMatchObject({
    data: [
      { plan: 'starter', price: expect.stringMatching(/^price_/), reason: null },
      { plan: 'gold', price: null, reason: expect.stringContaining('lookup key "gold"') },
    ],
  })
})

test('the plans are listed with their prices, and stay listed for a while without Stripe', async () => {
  const app = await startAppWithStripe()
  const answer = await app.call('GET', '/v1/plans')
  expect(await answer.json()).toMatchObject({
    data: ['starter', 'professional', 'enterprise'].map((plan) => ({
      plan,
      lookup_key: plan,
      price: expect.stringMatching(/^price_/),
      unit_amount_minor: expect.any(Number),
      currency: 'usd',
      interval: 'month',
    })),
  })
  await app.emulator.stop()
  expect((await app.call('GET', '/v1/plans')).status).toBe(200)
})

test('while Stripe cannot be reached a checkout is a 503 and not counted', async () => {
  const app = await startAppWithStripe()
  await app.emulator.stop()
  const answer = await app.call('POST', '/v1/checkout-sessions', { plan: 'starter' })
  expect(answer.status).toBe(503)
  expect(await answer.json()).toMatchObject({
    type: 'urn:countinghouse:problem:stripe_unavailable',
  })
  expect((await app.counters()).get(started('starter'))).toBe(0)
})

test('with API keys every call of /v1 needs one of them', async () => {
  const app = await startAppWithStripe({
    environment: { API_KEYS: `${key},another-long-enough-key` },
  })
  const ask = (headers: Record<string, string>) => app.call('GET', '/v1/plans', undefined, headers)
  for (const headers of [{}, { authorization: 'Bearer wrong-wrong-wrong' }]) {
    const refused = await ask(headers)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toContain('Bearer')
    expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('API_KEYS') })
  }
  expect((await ask({ authorization: `Bearer ${key}` })).status).toBe(200)
})

test('customers return to a page that says what happened', async () => {
  const app = await startAppWithStripe()
  expect(await (await app.call('GET', '/checkout/success')).text()).toContain('Thank you')
  expect(await (await app.call('GET', '/checkout/cancel')).text()).toContain('Nothing was charged')
})

test('the pages that customers return to lead back to the shop', async () => {
  const own = await startTestApp()
  const shop = 'https://shop.example'
  const other = await startAppWithStripe({ environment: { CHECKOUT_RETURN_ORIGINS: shop } })
  for (const [app, back] of [
    [own, own.shopUrl],
    [other, shop],
  ] as const)
    for (const end of ['success', 'cancel']) {
      const text = await (await app.call('GET', `/checkout/${end}`)).text()
      expect(text).toContain(`href="${back}">Back to the shop`)
    }
})
