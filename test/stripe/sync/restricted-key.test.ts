import { expect, test, vi } from 'vitest'
import { permissionRefusal } from '../../support/fake-stripe-api.ts'
import { startTestApp } from '../../support/start-test-app.ts'
import { startWithFakeStripe } from '../../support/start-with-fake-stripe.ts'
import { eventOf, intentOf, priceOf, sessionOf } from '../../support/stripe-objects.ts'

// airbytehq/airbyte#30075, singer-io/tap-stripe#38
test('a restricted key that may not read its account starts, sells, sweeps and counts', async () => {
  const { app: first, stripe } = await startWithFakeStripe()
  await first.stop()
  stripe.answer = (call) => {
    if (call === 'GET /v1/account') return permissionRefusal
    if (call === 'GET /v1/prices')
      return { body: { object: 'list', has_more: false, data: [priceOf('starter')] } }
    return call === 'POST /v1/checkout/sessions' ? { body: sessionOf() } : undefined
  }
  const created = Math.floor(Date.now() / 1000) + 5
  stripe.add(eventOf('payment_intent.succeeded', intentOf({ created }), { created }))
  const app = await startTestApp({
    environment: { ...first.environment, STRIPE_SECRET_KEY: 'rk_test_restricted' },
  })
  const sale = await app.call('POST', '/v1/checkout-sessions', { plan: 'starter' })
  expect(sale.status).toBe(201)
  await vi.waitFor(
    async () =>
      expect((await app.counters()).get('billing_payments_total{status="success"}')).toBe(1),
    { timeout: 20_000 },
  )
})
