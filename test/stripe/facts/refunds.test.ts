import { expect, test } from 'vitest'
import { z } from 'zod'
import { permissionRefusal, type StripeObject } from '../../support/fake-stripe-api.ts'
import {
  type AppWithFakeStripe,
  startWithFakeStripe,
} from '../../support/start-with-fake-stripe.ts'
import {
  balanceTransactionOf,
  chargeOf,
  eventOf,
  intentOf,
  refundOf,
} from '../../support/stripe-objects.ts'

type Way = 'webhook' | 'sweep' | 'notice' | 'list'
const ways: readonly Way[] = ['webhook', 'sweep', 'notice', 'list']

/** Tells of a refund in one of the ways in which Stripe does. */
async function tell(
  { app, stripe, send }: AppWithFakeStripe,
  way: Way,
  refund: StripeObject,
): Promise<void> {
  stripe.add(refund)
  const charge = stripe.objects.get(String(refund.charge))
  if (way === 'webhook') await send(eventOf('refund.created', refund))
  if (way === 'notice' && charge !== undefined) await send(eventOf('charge.refunded', charge))
  if (way === 'list') await app.syncJobs.runReconcile()
  if (way === 'sweep') {
    stripe.add(eventOf('refund.created', refund))
    await app.syncJobs.runSweep()
  }
}

/** A hold of 50.00 of which 30.00 were captured, as API versions before 2025-03-31.basil show it. */
function partlyCaptured({ stripe }: AppWithFakeStripe, capture: object = {}) {
  const intent = intentOf({ amount_received: 3000 })
  const captured = balanceTransactionOf(chargeOf(intent), capture)
  const charge = chargeOf(intent, { amount_refunded: 2000, balance_transaction: captured.id })
  stripe.add(intent, charge, captured)
  return { charge, capturedAt: captured.created }
}

test.each(ways)('a refund of captured money counts once, reported by %s', async (way) => {
  const shop = await startWithFakeStripe()
  const charge = chargeOf(intentOf())
  shop.stripe.add(charge)
  const refund = refundOf(charge, { amount: 1200, balance_transaction: null })
  await tell(shop, way, refund)
  expect(await shop.payments('refunded')).toBe(1)
  const { data } = await shop.call('GET', '/v1/facts?label=refunded')
  expect(data).toMatchObject([{ key: `payment:refunded:${refund.id}`, amount_minor: 1200 }])
  for (const other of ways) await tell(shop, other, refund)
  expect(await shop.payments('refunded')).toBe(1)
})

// odoo/odoo#259230, Automattic/woocommerce-payments#11130
test.each(ways)('a cancelled hold is not a refund, reported by %s', async (way) => {
  const shop = await startWithFakeStripe()
  const intent = intentOf({ amount_received: 0, status: 'canceled' })
  const charge = chargeOf(intent, { captured: false, amount_captured: 0, amount_refunded: 5000 })
  shop.stripe.add(charge)
  await tell(shop, way, refundOf(charge, { balance_transaction: null }))
  expect(await shop.payments('refunded')).toBe(0)
})

test.each(ways)('an expired hold is not a refund, reported by %s', async (way) => {
  const shop = await startWithFakeStripe()
  const charge = chargeOf(intentOf())
  shop.stripe.add(charge)
  await tell(shop, way, refundOf(charge, { reason: 'expired_uncaptured_charge' }))
  expect(await shop.payments('refunded')).toBe(0)
})

// woocommerce/woocommerce-gateway-stripe#851, solidusio/solidus_stripe#221
test.each(ways)(
  'the released part of a partial capture is not a refund, a later refund is, reported by %s',
  async (way) => {
    const shop = await startWithFakeStripe()
    const { charge, capturedAt } = partlyCaptured(shop)
    await tell(shop, way, refundOf(charge, { amount: 2000, created: capturedAt + 2 }))
    expect(await shop.payments('refunded')).toBe(0)
    await tell(shop, way, refundOf(charge, { amount: 2000, created: capturedAt + 3 }))
    expect(await shop.payments('refunded')).toBe(1)
    await tell(shop, way, refundOf(charge, { amount: 1000, created: capturedAt }))
    expect(await shop.payments('refunded')).toBe(2)
  },
)

test('since API 2025-03-31.basil the capture shows what was captured: every refund is one', async () => {
  const shop = await startWithFakeStripe()
  const { charge, capturedAt } = partlyCaptured(shop, { amount: 3000 })
  await tell(shop, 'webhook', refundOf(charge, { amount: 2000, created: capturedAt }))
  expect(await shop.payments('refunded')).toBe(1)
})

// stripe/stripe-node#2266: a charge that Stripe captures asynchronously has no balance transaction for a while.
test.each(ways)(
  'without a balance transaction of the capture its rest is not guessed, reported by %s',
  async (way) => {
    const shop = await startWithFakeStripe()
    const { charge, capturedAt } = partlyCaptured(shop)
    shop.stripe.add({ ...charge, balance_transaction: null })
    const release = refundOf(charge, { amount: 2000, created: capturedAt })
    const refund = refundOf(charge, { amount: 2000, created: capturedAt + 60 })
    for (const one of [release, refund]) await tell(shop, way, one)
    expect(await shop.payments('refunded')).toBe(0)
    const { data } = await shop.call('GET', '/v1/dead-letters')
    expect(z.array(z.unknown()).parse(data).length).toBeGreaterThanOrEqual(2)
    shop.stripe.add(charge)
    await shop.app.syncJobs.runReconcile()
    expect(await shop.payments('refunded')).toBe(1)
  },
)

test('in another currency the capture is decided by the exchange rate', async () => {
  const shop = await startWithFakeStripe()
  const converted = { currency: 'eur', exchange_rate: 0.9213 }
  const before = partlyCaptured(shop, { amount: 4607, ...converted })
  const since = partlyCaptured(shop, { amount: 2764, ...converted })
  for (const { charge, capturedAt } of [before, since])
    await tell(shop, 'webhook', refundOf(charge, { amount: 2000, created: capturedAt }))
  expect(await shop.payments('refunded')).toBe(1)
})

test.each(ways)('a refund without a PaymentIntent never counts, reported by %s', async (way) => {
  const shop = await startWithFakeStripe()
  const charge = chargeOf(intentOf(), { payment_intent: null })
  shop.stripe.add(charge)
  await tell(shop, way, refundOf(charge))
  expect(await shop.payments('refunded')).toBe(0)
  expect((await shop.call('GET', '/v1/dead-letters')).data).toEqual([])
})

test('a notice counts every refund of its charge, each once', async () => {
  const shop = await startWithFakeStripe()
  const charge = chargeOf(intentOf())
  const refunds = Array.from({ length: 130 }, () => refundOf(charge, { amount: 10 }))
  shop.stripe.add(charge, ...refunds)
  expect(await shop.send(eventOf('charge.refunded', charge))).toBe('recorded')
  expect(await shop.send(eventOf('charge.refunded', charge))).toBe('duplicate')
  expect(await shop.payments('refunded')).toBe(130)
})

test('while Stripe does not answer, the webhook of a refund is answered 503; its retry counts', async () => {
  const shop = await startWithFakeStripe()
  const charge = chargeOf(intentOf())
  shop.stripe.add(charge)
  const refund = eventOf('refund.created', refundOf(charge))
  shop.stripe.answer = (call) =>
    call.startsWith('GET /v1/charges/')
      ? { status: 429, body: { error: { type: 'invalid_request_error', message: 'slow down' } } }
      : undefined
  expect(await shop.send(refund)).toBe(503)
  shop.stripe.answer = () => undefined
  expect(await shop.send(refund)).toBe('recorded')
  expect(await shop.send(refund)).toBe('duplicate')
})

test('a refund that is already counted is not requested again', async () => {
  const shop = await startWithFakeStripe()
  const charge = chargeOf(intentOf())
  shop.stripe.add(charge)
  const refund = refundOf(charge)
  await shop.send(eventOf('refund.created', refund))
  const before = shop.stripe.calls.length
  expect(await shop.send(eventOf('refund.updated', refund))).toBe('duplicate')
  expect(shop.stripe.calls.slice(before).filter((call) => call.includes('/charges/'))).toEqual([])
})

test.each([
  ['that Stripe does not have', undefined],
  ['that the key may not read', permissionRefusal],
])('a refund whose charge is one %s is a dead letter, never a guess', async (_, answer) => {
  const shop = await startWithFakeStripe()
  const refund = eventOf('refund.created', refundOf(chargeOf(intentOf())))
  shop.stripe.answer = (call) => (call.startsWith('GET /v1/charges/') ? answer : undefined)
  expect(await shop.send(refund)).toBe('dead_letter')
  expect(await shop.payments('refunded')).toBe(0)
  expect((await shop.call('GET', '/v1/dead-letters')).data).toMatchObject([
    { id: refund.id, type: 'refund.created', reason: expect.stringContaining('charge') },
  ])
})

test('the dead letter of a refund’s event is resolved by the reconcile once the charge can be read', async () => {
  const shop = await startWithFakeStripe()
  const intent = intentOf()
  const charge = chargeOf(intent)
  const refund = refundOf(charge)
  const event = eventOf('refund.created', refund)
  shop.stripe.add(intent, charge, refund)
  shop.stripe.answer = (call) =>
    call.startsWith('GET /v1/charges') ? permissionRefusal : undefined
  expect(await shop.send(event)).toBe('dead_letter')
  await shop.app.syncJobs.runReconcile()
  expect(await shop.payments('refunded')).toBe(1)
  // Stripe has the event no more, or not yet.
  expect((await shop.call('GET', '/v1/dead-letters')).data).toMatchObject([{ id: event.id }])
  shop.stripe.add(event)
  shop.stripe.answer = () => undefined
  await shop.app.syncJobs.runReconcile()
  expect(await shop.payments('refunded')).toBe(1)
  expect((await shop.call('GET', '/v1/dead-letters')).data).toEqual([])
})

test('a key that may not read balance transactions counts everything but the ambiguous refunds', async () => {
  const shop = await startWithFakeStripe()
  const { charge, capturedAt } = partlyCaptured(shop)
  shop.stripe.answer = (_, query) =>
    [...query.values()].some((value) => value.endsWith('balance_transaction'))
      ? permissionRefusal
      : undefined
  const rest = refundOf(charge, { amount: 2000, created: capturedAt })
  expect(await shop.send(eventOf('refund.created', rest))).toBe('dead_letter')
  expect(await shop.send(eventOf('refund.created', refundOf(charge, { amount: 500 })))).toBe(
    'recorded',
  )
  expect(await shop.payments('refunded')).toBe(1)
})
