import { describe, expect, inject, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/start-test-app.ts'
import { startStripeProxy } from '../support/stripe-proxy.ts'
import { startStripeMock } from './programs.ts'

const price = {
  object: 'price',
  active: true,
  currency: 'usd',
  lookup_key: null,
  product: 'prod_1',
  unit_amount: 1900,
}

const recurring = { interval: 'month', interval_count: 1, usage_type: 'licensed' }

/** The mock knows one price alone: those of our plans come from here, all else from the mock. */
const prices: Readonly<Record<string, object>> = {
  price_monthly: { ...price, id: 'price_monthly', type: 'recurring', recurring },
  price_metered: {
    ...price,
    id: 'price_metered',
    type: 'recurring',
    recurring: { ...recurring, usage_type: 'metered' },
  },
  price_once: { ...price, id: 'price_once', type: 'one_time', recurring: null },
}

async function startAppWithMock(): Promise<{ app: TestApp; sent: string[] }> {
  const mock = await startStripeMock()
  const sent: string[] = []
  const proxy = await startStripeProxy(mock, (method, path) => {
    const body = prices[path.replace('/v1/prices/', '')]
    if (body !== undefined) return { status: 200, body }
    sent.push(`${method} ${path}`)
    return undefined
  })
  const app = await startTestApp({
    environment: {
      STRIPE_SECRET_KEY: 'sk_test_123',
      STRIPE_WEBHOOK_SECRET: 'whsec_x',
      STRIPE_API_BASE: proxy,
      PLANS: 'monthly=price_monthly,metered=price_metered,once=price_once',
    },
  })
  return { app, sent }
}

describe.skipIf(inject('tools').paths['stripe-mock'] === '')('Stripe’s own mock server', () => {
  test.each<[string, object]>([
    ['a plan', { plan: 'monthly' }],
    ['a quantity', { plan: 'monthly', quantity: 3 }],
    ['a price that is billed by usage', { plan: 'metered' }],
    ['a price that is paid once', { plan: 'once', metadata: { user: '7' } }],
    ['an existing customer', { plan: 'monthly', customer: 'cus_1' }],
    ['an existing customer with tax', { plan: 'once', customer: 'cus_1', automatic_tax: true }],
    ['an address', { plan: 'monthly', customer_email: 'r&d@example.com' }],
    ['a reference', { plan: 'monthly', client_reference_id: 'order-1' }],
    ['promotion codes', { plan: 'monthly', allow_promotion_codes: true }],
    ['a trial', { plan: 'monthly', trial_period_days: 14 }],
    ['tax', { plan: 'monthly', automatic_tax: true }],
    ['a language', { plan: 'monthly', locale: 'zh-HK' }],
    ['metadata', { plan: 'monthly', metadata: { user: '7', team: 'a & b' } }],
  ])('takes a checkout with %s', async (_, body) => {
    const { app, sent } = await startAppWithMock()
    const answer = await app.call('POST', '/v1/checkout-sessions', body)
    expect([answer.status, await answer.json()]).toEqual([
      201,
      expect.objectContaining({ id: expect.stringMatching(/^cs_test_/) }),
    ])
    expect(sent).toContain('POST /v1/checkout/sessions')
  })

  test('refuses what it does not know', async () => {
    const { app } = await startAppWithMock()
    const answer = await app.call('POST', '/v1/checkout-sessions', {
      plan: 'monthly',
      locale: 'xx',
    })
    expect(answer.status).toBe(502)
  })
})
