import { expect, test } from 'vitest'
import { startWithFakeStripe } from '../support/start-with-fake-stripe.ts'
import { priceOf, sessionOf } from '../support/stripe-objects.ts'

/** The service before a Stripe that refuses the first so many Checkout Sessions with 429. */
async function openLimited(refusals: number, code: string, headers: Record<string, string>) {
  const { app, stripe } = await startWithFakeStripe()
  let left = refusals
  stripe.answer = (call) => {
    if (call === 'GET /v1/prices')
      return {
        status: 200,
        body: { object: 'list', url: '/v1/prices', data: [priceOf('starter')] },
      }
    if (call !== 'POST /v1/checkout/sessions') return undefined
    left -= 1
    const error = { type: 'invalid_request_error', code, message: `refused for ${code}` }
    return left >= 0
      ? { status: 429, headers, body: { error } }
      : { status: 200, body: sessionOf() }
  }
  const buy = () =>
    app.call('POST', '/v1/checkout-sessions', { plan: 'starter' }, { 'idempotency-key': 'k1' })
  const creations = () => stripe.calls.filter((call) => call === 'POST /v1/checkout/sessions')
  const started = async () =>
    (await app.counters()).get('billing_checkout_started_total{plan="starter"}')
  return { buy, creations, started }
}

// beam-community/stripity-stripe#686, hackerai-tech/hackerai#902
test('a lock timeout that Stripe asks to retry loses no sale', async () => {
  const retry = { 'retry-after': '1', 'stripe-should-retry': 'true' }
  const { buy, creations, started } = await openLimited(1, 'lock_timeout', retry)
  expect((await buy()).status).toBe(201)
  expect(creations()).toHaveLength(2)
  expect(await started()).toBe(1)
})

test('a rate limit is a 503 that hands on when to try again, and the same key then sells once', async () => {
  const { buy, started } = await openLimited(1, 'rate_limit', { 'retry-after': '7' })
  const refused = await buy()
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '7'])
  expect(await refused.json()).toMatchObject({ detail: expect.stringContaining('rate_limit') })
  expect(await started()).toBe(0)
  expect((await buy()).status).toBe(201)
  expect(await started()).toBe(1)
})
