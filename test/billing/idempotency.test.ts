import { expect, test } from 'vitest'
import { engines } from '../support/open-test-ledger.ts'
import { temporaryDatabase } from '../support/postgres.ts'
import { movePrice, openSeller } from '../support/sell.ts'
import { startTestApp } from '../support/start-test-app.ts'

const key = { 'idempotency-key': 'order-77' }

test.each(engines)(
  'the same key finds the same session after the price moved and over a restart, on %s',
  async (engine) => {
    const url = engine === 'sqlite' ? {} : { DATABASE_URL: await temporaryDatabase() }
    const seller = await openSeller({ environment: url })
    const { app, stripe } = seller
    const first = await seller.sold({ plan: 'starter' }, key)
    await movePrice(stripe, 'starter', 3900)
    await app.stop()
    const again = await startTestApp({
      folder: app.folder,
      environment: {
        ...url,
        STRIPE_SECRET_KEY: app.emulator.secretKey,
        STRIPE_WEBHOOK_SECRET: app.emulator.webhookSecret,
        STRIPE_API_BASE: app.emulator.url,
      },
    })
    const answer = await again.call('POST', '/v1/checkout-sessions', { plan: 'starter' }, key)
    expect(answer.status).toBe(201)
    expect(await answer.json()).toMatchObject({ id: first.id })
    const other = await again.call('POST', '/v1/checkout-sessions', { plan: 'starter' })
    expect(await other.json()).not.toMatchObject({ id: first.id })
  },
)

test('two callers that use the same key have a session each', async () => {
  const [shop, kiosk] = ['shop-key-0123456789abc', 'kiosk-key-0123456789abc']
  const { sold } = await openSeller({
    environment: { API_KEYS: `shop:${shop},kiosk:${kiosk}` },
  })
  const by = (caller: string) => ({ ...key, authorization: `Bearer ${caller}` })
  const first = await sold({ plan: 'starter' }, by(shop))
  expect((await sold({ plan: 'starter' }, by(kiosk))).id).not.toBe(first.id)
  expect((await sold({ plan: 'starter' }, by(shop))).id).toBe(first.id)
})

test('a key whose first price Stripe refused is sold at the next one, and stays with it', async () => {
  const { stripe, sold } = await openSeller()
  await sold({ plan: 'starter' })
  const { from, to } = await movePrice(stripe, 'starter', 3900)
  await stripe.prices.update(from.id, { active: false })
  const first = await sold({ plan: 'starter' }, key)
  expect(first.line_items?.data[0]?.price?.id).toBe(to.id)
  expect((await sold({ plan: 'starter' }, key)).id).toBe(first.id)
})

test('a key whose first price had moved away is sold at the next one, and stays with it', async () => {
  const { stripe, sold } = await openSeller()
  await sold({ plan: 'starter' })
  const { to } = await movePrice(stripe, 'starter', 3900)
  const first = await sold({ plan: 'starter' }, key)
  expect(first.line_items?.data[0]?.price?.id).toBe(to.id)
  expect((await sold({ plan: 'starter' }, key)).id).toBe(first.id)
})

test.each([
  ['another plan', { plan: 'professional' }],
  ['another price', { plan: 'starter', price: 'starter' }],
  ['another quantity', { plan: 'starter', quantity: 2 }],
])('a key that comes again with %s is a conflict', async (_, body) => {
  const { sold, buy } = await openSeller()
  await sold({ plan: 'starter' }, key)
  expect(await buy(body, key)).toMatchObject({
    status: 409,
    body: { type: 'urn:countinghouse:problem:idempotency_conflict' },
  })
})

test('a key under which Stripe failed is spent, which the response says; without a key a new attempt works', async () => {
  const { fault, buy, sold } = await openSeller()
  await sold({ plan: 'starter' })
  await fault({ apiErrorAfter: 1 })
  await buy({ plan: 'starter' }, key)
  await fault(null)
  expect(await buy({ plan: 'starter' }, key)).toMatchObject({
    status: 409,
    body: {
      type: 'urn:countinghouse:problem:idempotency_key_spent',
      detail: expect.stringMatching(/use a new key/),
    },
  })
  expect((await buy({ plan: 'starter' })).status).toBe(201)
})

test('when Stripe requests a wait, the response says how long', async () => {
  const { fault, buy, sold } = await openSeller()
  await sold({ plan: 'starter' })
  await fault({ apiRateLimit: 1, apiRetryAfterSeconds: 7 })
  const refused = await buy({ plan: 'starter' })
  expect(refused).toMatchObject({
    status: 503,
    body: { detail: expect.stringContaining('try again in 7 s') },
  })
  expect(refused.headers.get('retry-after')).toBe('7')
})
