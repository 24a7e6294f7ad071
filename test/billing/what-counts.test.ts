import { expect, test } from 'vitest'
import { controlsOf, press } from '../support/emulator-controls.ts'
import { openShop, type Shop } from '../support/shop-with-clock.ts'
import { eventOf, newId } from '../support/stripe-objects.ts'
import { deliver, sign } from '../support/webhooks.ts'

// The line of docs/counting.md about checkouts.

async function startedOf({ app }: Shop, plan: string): Promise<number | undefined> {
  return (await app.counters()).get(`billing_checkout_started_total{plan="${plan}"}`)
}

test('a Checkout Session that Stripe created for a plan counts once, also when its end and the list report it', async () => {
  const shop = await openShop()
  const { apiUrl, metricsUrl, emulator } = shop.app
  emulator.connect({ webhookUrl: `${apiUrl}/webhooks/stripe`, apiUrl, metricsUrl })
  await press(await shop.checkout('starter'), 'pay')
  await shop.checkout('starter')
  const [open] = (await shop.stripe.checkout.sessions.list()).data
  await shop.stripe.checkout.sessions.expire(String(open?.id))
  await controlsOf(emulator.url).drained()
  expect(await startedOf(shop, 'starter')).toBe(2)

  // The answer to the third one is lost, so only the list shows that it was created.
  await shop.fault({ apiTimeout: 1 })
  const lost = await shop.app.call('POST', '/v1/checkout-sessions', { plan: 'starter' })
  expect(lost.status).toBe(503)
  await shop.fault(null)
  await shop.app.syncJobs.runSweep()
  await shop.app.syncJobs.runReconcile()
  expect(await startedOf(shop, 'starter')).toBe(3)
  const { data } = await shop.stripe.checkout.sessions.list()
  const checkouts = (await shop.keys()).filter((key) => key.startsWith('checkout:'))
  expect(checkouts).toEqual(data.map(({ id }) => `checkout:${id}`).toSorted())
})

test('a request that failed, an unknown plan and the sessions of other programs count no checkout', async () => {
  const shop = await openShop()
  const { app, stripe } = shop
  await shop.fault({ apiError: 1 })
  expect((await app.call('POST', '/v1/checkout-sessions', { plan: 'starter' })).status).toBe(503)
  await shop.fault(null)
  expect((await app.call('POST', '/v1/checkout-sessions', { plan: 'gold' })).status).toBe(400)

  const [price] = (await stripe.prices.list({ lookup_keys: ['starter'] })).data
  const ledger: { ledger_id: string } = JSON.parse(
    await (await app.call('GET', '/v1/totals')).text(),
  )
  for (const metadata of [
    {},
    { plan: 'starter' },
    { plan: 'starter', countinghouse: 'other' },
    { plan: 'gold', countinghouse: ledger.ledger_id },
  ]) {
    await stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: String(price?.id), quantity: 1 }],
      success_url: 'https://shop.example.com/',
      metadata,
    })
    const timestamp = Math.floor(shop.now() / 1000)
    const session = { id: newId('cs_test'), object: 'checkout.session', created: timestamp }
    for (const type of ['checkout.session.completed', 'checkout.session.expired']) {
      const event = eventOf(type, { ...session, metadata }, { created: timestamp })
      const body = JSON.stringify(event)
      const answer = await deliver(app.apiUrl, body, sign(body, { timestamp }))
      expect(await answer.json()).toEqual({ outcome: 'not_counted' })
    }
  }
  await app.syncJobs.runSweep()
  await app.syncJobs.runReconcile()
  expect(await shop.keys()).toEqual([])
  expect(await startedOf(shop, 'starter')).toBe(0)
})
