import { expect, test, vi } from 'vitest'
import { permissionRefusal } from '../../support/fake-stripe-api.ts'
import { engines } from '../../support/open-test-ledger.ts'
import { startWithFakeStripe } from '../../support/start-with-fake-stripe.ts'
import { chargeOf, eventOf, intentOf, newId } from '../../support/stripe-objects.ts'

function succeeded(changes: object = {}) {
  return eventOf('payment_intent.succeeded', intentOf(), changes)
}

// estuary/connectors#3901
test("an organisation's events count where the last segment of their context is our account", async () => {
  const shop = await startWithFakeStripe()
  expect(await shop.send(succeeded({ context: 'acct_1own' }))).toBe('recorded')
  expect(await shop.send(succeeded({ context: 'org_1/acct_1own' }))).toBe('recorded')
  expect(await shop.send(succeeded({ context: 'acct_2sister' }))).toBe('not_counted')
  expect(await shop.send(succeeded({ context: 'acct_1own/acct_3connected' }))).toBe('not_counted')
  expect(await shop.send(succeeded({ account: 'acct_3connected' }))).toBe('not_counted')
  expect(await shop.payments('success')).toBe(2)
})

test('while our own account is unknown, an event that names one is a dead letter, logged once', async () => {
  const shop = await startWithFakeStripe()
  await shop.app.stop()
  const { startTestApp } = await import('../../support/start-test-app.ts')
  const { deliver } = await import('../../support/webhooks.ts')
  shop.stripe.answer = (call) => (call === 'GET /v1/account' ? permissionRefusal : undefined)
  const app = await startTestApp({ environment: shop.app.environment })
  for (const _ of [1, 2, 3]) {
    const answer = await deliver(app.apiUrl, JSON.stringify(succeeded({ context: 'acct_1own' })))
    expect(await answer.json()).toEqual({ outcome: 'dead_letter' })
  }
  const said = app.logLines.filter((line) => line.includes('context: names an account'))
  expect(said).toHaveLength(1)
  const plain = await deliver(app.apiUrl, JSON.stringify(succeeded()))
  expect(await plain.json()).toEqual({ outcome: 'recorded' })
})

test('a PaymentIntent of zero does not count as a payment', async () => {
  const shop = await startWithFakeStripe()
  const free = intentOf({ amount: 0, amount_received: 0, latest_charge: null })
  expect(await shop.send(eventOf('payment_intent.succeeded', free))).toBe('not_counted')
  expect(await shop.payments('success')).toBe(0)
})

test.each([
  ['of the other mode', succeeded({ livemode: true }), 'events of the other mode'],
  ['of another account', succeeded({ account: 'acct_2' }), 'events of another Stripe account'],
  [
    'that are thin',
    { ...succeeded(), object: 'v2.core.event', type: 'v1.payment_intent.succeeded' },
    'thin events of payments',
  ],
])('payment events %s are not counted, which is logged once', async (_, event, said) => {
  const shop = await startWithFakeStripe()
  for (const id of [newId('evt'), newId('evt'), newId('evt')])
    expect(await shop.send({ ...event, id })).toBe('not_counted')
  expect(shop.app.logLines.filter((line) => line.includes(said))).toHaveLength(1)
})

// woocommerce/woocommerce-gateway-stripe#861
test.each(engines)(
  'a partial capture is worth what was received, by every source: %s',
  async (engine) => {
    const shop = await startWithFakeStripe(engine)
    const told = intentOf({ amount_received: 3000 })
    const listed = intentOf({ amount_received: 3000 })
    await shop.send(eventOf('payment_intent.succeeded', told))
    shop.stripe.add(listed, chargeOf(listed))
    await shop.app.syncJobs.runReconcile()
    const { data } = await shop.call('GET', '/v1/facts?label=success')
    expect(data).toMatchObject([{ amount_minor: 3000 }, { amount_minor: 3000 }])
  },
)

test('an authorization that was never captured does not count as a success, in events or in the list', async () => {
  const shop = await startWithFakeStripe()
  const intent = intentOf({ amount_received: 0, status: 'requires_capture' })
  shop.stripe.add(intent, chargeOf(intent, { captured: false, amount_captured: 0 }))
  expect(await shop.send(eventOf('payment_intent.amount_capturable_updated', intent))).toBe(
    'not_counted',
  )
  await shop.app.syncJobs.runReconcile()
  expect(await shop.payments('success')).toBe(0)
})

test.each(engines)(
  'a text that no database can store is a dead letter and holds up nothing: %s',
  async (engine) => {
    const shop = await startWithFakeStripe(engine)
    const bad = eventOf('payment_intent.succeeded', intentOf({ currency: 'us\u0000' }))
    const worse = eventOf('payment_intent.succeeded', intentOf({ id: 'pi_\u0000' }))
    const outcomes = await Promise.all([bad, succeeded(), worse, succeeded()].map(shop.send))
    expect(outcomes).toEqual(['dead_letter', 'recorded', 'dead_letter', 'recorded'])
    const listed = intentOf({ currency: 'us\u0000' })
    const good = intentOf()
    shop.stripe.add(bad, succeeded(), listed, chargeOf(listed), good, chargeOf(good))
    await shop.app.syncJobs.runSweep()
    await shop.app.syncJobs.runReconcile()
    expect(await shop.payments('success')).toBe(4)
    const { data } = await shop.call('GET', '/v1/dead-letters')
    expect(data).toHaveLength(3)
  },
)

test.each(engines)(
  'an instant beyond the year 9999 is a dead letter, and facts can be listed after it: %s',
  async (engine) => {
    const shop = await startWithFakeStripe(engine)
    const late = eventOf('payment_intent.succeeded', intentOf({ created: 9e14 }))
    const outcomes = await Promise.all(
      [{ ...late, created: 9e15 }, late, succeeded()].map(shop.send),
    )
    expect(outcomes).toEqual(['dead_letter', 'dead_letter', 'recorded'])
    expect((await shop.call('GET', '/v1/facts')).data).toHaveLength(1)
  },
)

// laravel/cashier and others: the webhook of a session arrives before the create call has answered.
test('a session whose webhook comes before the answer of its creation is one start', async () => {
  const shop = await startWithFakeStripe()
  const ledgerId = String((await shop.call('GET', '/v1/totals')).ledger_id)
  const session = {
    ...intentOf({ metadata: { countinghouse: ledgerId, plan: 'starter' } }),
    id: newId('cs_test'),
    object: 'checkout.session',
    url: 'https://checkout.stripe.com/c/pay/x',
    expires_at: Math.floor(Date.now() / 1000) + 3600,
    amount_total: 2900,
  }
  const price = {
    id: 'price_1',
    object: 'price',
    active: true,
    currency: 'usd',
    lookup_key: 'starter',
    recurring: { interval: 'month', usage_type: 'licensed' },
    type: 'recurring',
    unit_amount: 2900,
    product: 'prod_1',
  }
  const told: unknown[] = []
  shop.stripe.answer = (call) => {
    if (call === 'GET /v1/prices')
      return { status: 200, body: { object: 'list', has_more: false, data: [price] } }
    if (call !== 'POST /v1/checkout/sessions') return undefined
    void shop.send(eventOf('checkout.session.completed', session)).then((one) => told.push(one))
    return { status: 200, body: session }
  }
  const answer = await shop.app.call('POST', '/v1/checkout-sessions', { plan: 'starter' })
  expect(answer.status).toBe(201)
  await vi.waitFor(() => expect(told).toHaveLength(1))
  expect((await shop.app.counters()).get('billing_checkout_started_total{plan="starter"}')).toBe(1)
})
