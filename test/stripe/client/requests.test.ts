import { expect, onTestFinished, test } from 'vitest'
import {
  type SessionParameters,
  sessionParameters,
} from '../../../src/billing/session-parameters.ts'
import { listen } from '../../../src/http/server.ts'
import { createStripeClient } from '../../../src/stripe/client/client.ts'
import { createStripeGateway, type StripeGateway } from '../../../src/stripe/client/gateway.ts'
import type { ObjectKind } from '../../../src/stripe/client/lists.ts'
import { createSetupGateway, type SetupGateway } from '../../../src/stripe/client/setup-gateway.ts'
import { eventTypes } from '../../../src/stripe/facts/registry.ts'
import { permissionRefusal } from '../../support/fake-stripe-api.ts'
import { describedOperations, problemsOfRequest } from '../../support/stripe-openapi.ts'

/** Of the refunds of a charge, so that the next one is asked for. */
const firstPage = {
  object: 'list',
  url: '/v1/refunds',
  has_more: true,
  data: [{ id: 're_1', object: 'refund' }],
}

/** A Stripe that notes every request and refuses it, so that calls fall back to what they need least. */
async function startNotingStripe() {
  const requests: { readonly method: string; readonly path: string; readonly form: string }[] = []
  const server = await listen(
    async (request) => {
      const { pathname, search } = new URL(request.url)
      const { method } = request
      const form = method === 'GET' ? search.slice(1) : await request.text()
      requests.push({ method, path: pathname, form })
      const isFirstPage = search.includes('charge=') && !search.includes('starting_after')
      if (isFirstPage) return Response.json(firstPage)
      return Response.json(permissionRefusal.body, { status: permissionRefusal.status })
    },
    { name: 'the noting Stripe', portSetting: 'none', host: '127.0.0.1', port: 0 },
  )
  onTestFinished(() => server.stop(1_000))
  const stripe = createStripeClient({ secretKey: 'sk_test_noting', apiBase: server.url })
  return { stripe, requests }
}

const terms = {
  plan: 'starter',
  priceId: 'price_1',
  wantedPrice: null,
  lookupKey: null,
  attempt: 0,
  successUrl: 'https://shop.example.com/thanks',
  cancelUrl: 'https://shop.example.com/plans',
  metered: false,
}
const request = {
  plan: 'starter',
  quantity: 3,
  client_reference_id: 'order-1',
  allow_promotion_codes: true,
  automatic_tax: true,
  locale: 'pt-BR' as const,
  metadata: { user: '7' },
}
const checkouts: readonly SessionParameters[] = [
  sessionParameters(
    { ...request, customer: 'cus_1', trial_period_days: 14 },
    { ...terms, recurring: true },
    'ledger01',
  ),
  sessionParameters(
    { ...request, customer_email: 'a@example.com' },
    { ...terms, recurring: false },
    'ledger01',
  ),
  // The doctor's, which shows whether the key may create sessions.
  { mode: 'payment' },
]

const from = { createdFromSeconds: 1_700_000_000 }
const pages = [
  from,
  { ...from, createdToSeconds: 1_700_000_100 },
  { ...from, startingAfter: 'id_1', createdToSeconds: undefined },
]
const lists = ['charges', 'refunds', 'checkout_sessions'] as const
const retrievals: Readonly<Record<ObjectKind, (gateway: StripeGateway) => Promise<unknown>>> = {
  charges: (gateway) => gateway.retrieveObject('charges', 'ch_1'),
  refunds: (gateway) => gateway.retrieveObject('refunds', 're_1'),
  checkout_sessions: (gateway) => gateway.retrieveObject('checkout_sessions', 'cs_1'),
  payment_intents: (gateway) => gateway.retrieveObject('payment_intents', 'pi_1'),
  products: (gateway) => gateway.retrieveObject('products', 'prod_1'),
  balance_transactions: (gateway) => gateway.retrieveObject('balance_transactions', 'txn_1'),
}

/** Every call of the gateway, with all that it can send. A new one does not compile without its line. */
const calls: {
  readonly [Name in keyof StripeGateway]: (gateway: StripeGateway) => readonly Promise<unknown>[]
} = {
  retrieveAccount: (gateway) => [gateway.retrieveAccount()],
  findPrices: (gateway) => [gateway.findPrices(['starter', 'professional'])],
  retrievePrice: (gateway) => [gateway.retrievePrice('price_1')],
  createCheckout: (gateway) => checkouts.map((one) => gateway.createCheckout(one, 'key-1')),
  listWebhookEndpoints: (gateway) => [gateway.listWebhookEndpoints()],
  listEvents: (gateway) => pages.map((page) => gateway.listEvents(eventTypes, page)),
  listObjects: (gateway) =>
    lists.flatMap((list) => pages.map((page) => gateway.listObjects(list, page))),
  retrieveObject: (gateway) => Object.values(retrievals).map((retrieve) => retrieve(gateway)),
  retrieveEvent: (gateway) => [gateway.retrieveEvent('evt_1')],
  retrieveCharge: (gateway) => [gateway.retrieveCharge('ch_1')],
  listRefundsOfCharge: (gateway) => [gateway.listRefundsOfCharge('ch_1')],
}

const endpoint = { url: 'https://shop.example.com/webhooks/stripe', events: eventTypes }
const price = {
  lookupKey: 'starter',
  productId: 'prod_1',
  amountMinor: 1900,
  currency: 'usd',
  transferLookupKey: true,
}

/** The same for what `npm run setup` writes. Stripe's description has none of `/v2`. */
const setupCalls: {
  readonly [Name in keyof SetupGateway as Name extends `${string}ThinEndpoint${string}`
    ? never
    : Name]: (gateway: SetupGateway) => readonly Promise<unknown>[]
} = {
  retrieveProduct: (gateway) => [gateway.retrieveProduct('prod_1')],
  createProduct: (gateway) => [gateway.createProduct('prod_1', 'Starter')],
  createPrice: (gateway) => [
    gateway.createPrice({ ...price, recurring: { interval: 'month', intervalCount: 3 } }),
    gateway.createPrice({ ...price, recurring: null }),
  ],
  createEndpoint: (gateway) => [gateway.createEndpoint(endpoint)],
  recallSecret: (gateway) => [gateway.recallSecret(endpoint, 'we_1', 'key-1')],
  updateEndpoint: (gateway) => [gateway.updateEndpoint('we_1', eventTypes)],
}

test('every request that the service and its commands can make is one that Stripe describes', async () => {
  const { stripe, requests } = await startNotingStripe()
  const gateway = createStripeGateway(stripe)
  expect(Object.keys(calls).toSorted()).toEqual(Object.keys(gateway).toSorted())
  for (const call of Object.values(calls)) {
    const before = requests.length
    await Promise.allSettled(call(gateway))
    expect(requests.length).toBeGreaterThan(before)
  }
  const setup = createSetupGateway(stripe)
  for (const call of Object.values(setupCalls)) await Promise.allSettled(call(setup))
  expect(requests.flatMap(problemsOfRequest)).toEqual([])
  // What is described and never asked for is not needed.
  const made = requests.map(({ method, path }) => `${method} ${path.replace(/\/\w+_1$/, '/{}')}`)
  const described = describedOperations.map((one) => one.replace(/\{\w+\}/, '{}'))
  expect([...new Set(made)].toSorted()).toEqual(described.toSorted())
})

test('a request with a parameter that Stripe does not describe is found', async () => {
  const { stripe, requests } = await startNotingStripe()
  const colour = { colour: 'red' }
  await Promise.allSettled([
    stripe.charges.list({ limit: 1, ...colour }),
    stripe.checkout.sessions.create({ mode: 'payment', ...colour }),
    stripe.prices.list({ limit: 1, ...colour }),
    stripe.customers.list(),
  ])
  expect(requests.map((one) => problemsOfRequest(one).join()).toSorted()).toEqual([
    'GET /v1/charges[colour]: unknown parameter',
    expect.stringContaining('GET /v1/customers is not described'),
    'GET /v1/prices[colour]: unknown parameter',
    'POST /v1/checkout/sessions[colour]: unknown parameter',
  ])
})
