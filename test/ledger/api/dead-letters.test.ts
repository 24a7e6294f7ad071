import { expect, test } from 'vitest'
import type { Engine } from '../../../src/database/engine.ts'
import { engines } from '../../support/open-test-ledger.ts'
import {
  type AppWithFakeStripe,
  startWithFakeStripe,
} from '../../support/start-with-fake-stripe.ts'
import { chargeOf, eventOf, intentOf, refundOf } from '../../support/stripe-objects.ts'

const noEvents = { status: 200, body: { object: 'list', data: [], has_more: false } }

/** The service after its first reconcile, so that none replays what a test keeps. */
async function startShop(engine?: Engine): Promise<AppWithFakeStripe> {
  const shop = await startWithFakeStripe(engine, { RECONCILE_SCHEDULE: '0 0 29 2 *' })
  const metrics = async () => (await fetch(shop.app.metricsUrl)).text()
  await expect.poll(metrics, { timeout: 30_000 }).toMatch(/^countinghouse_reconcile_last_success/m)
  await shop.app.syncJobs.runReconcile()
  return shop
}

/** An event that cannot be read as it was delivered, while Stripe has it as it should be. */
async function keepOne(shop: AppWithFakeStripe) {
  const event = eventOf('payment_intent.succeeded', intentOf())
  shop.stripe.add(event)
  // No sweep finds it meanwhile.
  shop.stripe.answer = (call) => (call === 'GET /v1/events' ? noEvents : undefined)
  const broken = { ...event, data: { object: { id: 'jenny@example.com' } } }
  expect(await shop.send(broken)).toBe('dead_letter')
  return event
}

test.each(engines)('dead letters are listed page by page, the newest first: %s', async (engine) => {
  const shop = await startShop(engine)
  const kept: string[] = []
  for (const _ of [1, 2, 3, 4, 5]) kept.push((await keepOne(shop)).id)
  const seen: string[] = []
  let query = '?limit=3'
  for (;;) {
    const page = await shop.call('GET', `/v1/dead-letters${query}`)
    const data = page.data as { readonly id: string }[]
    expect(data.length).toBeLessThanOrEqual(3)
    seen.push(...data.map(({ id }) => id))
    expect(page.has_more).toBe(page.next_cursor !== null)
    if (page.next_cursor === null) break
    query = `?limit=3&cursor=${page.next_cursor}`
  }
  expect(seen.toSorted()).toEqual(kept.toSorted())
  const all = await shop.call('GET', '/v1/dead-letters?limit=5')
  expect(all).toMatchObject({ has_more: false, next_cursor: null })
})

test.each(engines)(
  'one is read by its id, with what was wrong and nothing of its body: %s',
  async (engine) => {
    const shop = await startShop(engine)
    const { id } = await keepOne(shop)
    const letter = await shop.call('GET', `/v1/dead-letters/${id}`)
    expect(letter).toEqual({
      status: 200,
      id,
      type: 'payment_intent.succeeded',
      mode: 'test',
      reason: 'created: invalid_type; amount: invalid_type; currency: invalid_type',
      source: 'webhook',
      received_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      dismissed_at: null,
    })
    expect((await shop.call('GET', '/v1/dead-letters/evt_none')).status).toBe(404)
    expect((await shop.call('GET', '/v1/dead-letters?cursor=x')).status).toBe(400)
  },
)

test.each(engines)(
  'a replay retrieves the event again, records it and removes it: %s',
  async (engine) => {
    const shop = await startShop(engine)
    const { id } = await keepOne(shop)
    expect(await shop.call('POST', `/v1/dead-letters/${id}/replay`)).toEqual({
      status: 200,
      id,
      outcome: 'recorded',
    })
    expect(await shop.payments('success')).toBe(1)
    expect((await shop.call('GET', '/v1/dead-letters')).data).toEqual([])
    expect((await shop.call('POST', `/v1/dead-letters/${id}/replay`)).status).toBe(404)
  },
)

test('a listed object is retrieved again by its list', async () => {
  const shop = await startShop()
  const intent = intentOf()
  const charge = chargeOf(intent)
  const refund = refundOf(charge)
  shop.stripe.add(intent, charge, { ...refund, amount: 'much' })
  await shop.app.syncJobs.runReconcile()
  const { data } = await shop.call('GET', '/v1/dead-letters')
  expect(data).toMatchObject([{ id: refund.id, type: 'refunds', source: 'reconcile' }])
  shop.stripe.add(refund)
  const replay = await shop.call('POST', `/v1/dead-letters/${refund.id}/replay`)
  expect(replay.outcome).toBe('recorded')
  expect(await shop.payments('refunded')).toBe(1)
})

test('what still cannot be processed stays, and so does what Stripe has no more', async () => {
  const shop = await startShop()
  const { id } = await keepOne(shop)
  const broken = shop.stripe.objects.get(id)
  if (broken === undefined) throw new Error('Stripe has the event')
  shop.stripe.add({ ...broken, data: { object: {} } })
  expect((await shop.call('POST', `/v1/dead-letters/${id}/replay`)).outcome).toBe('dead_letter')
  shop.stripe.objects.delete(id)
  const gone = await shop.call('POST', `/v1/dead-letters/${id}/replay`)
  expect(gone.outcome).toBe('not_found_at_stripe')
  expect((await shop.call('GET', `/v1/dead-letters/${id}`)).status).toBe(200)
})

test('while Stripe does not answer a replay is refused and nothing is lost', async () => {
  const shop = await startShop()
  const { id } = await keepOne(shop)
  shop.stripe.answer = () => ({ status: 429, body: { error: { message: 'slow down' } } })
  expect((await shop.call('POST', `/v1/dead-letters/${id}/replay`)).status).toBe(503)
  expect((await shop.call('GET', `/v1/dead-letters/${id}`)).status).toBe(200)
})

test.each(engines)(
  'a dismissed one is no longer open, and the same again leaves it so: %s',
  async (engine) => {
    const shop = await startShop(engine)
    const event = await keepOne(shop)
    const gauge = async () =>
      (await (await fetch(shop.app.metricsUrl)).text()).match(
        /^countinghouse_dead_letters\S* (\d+)/m,
      )?.[1]
    expect(await gauge()).toBe('1')
    const dismissed = await shop.call('POST', `/v1/dead-letters/${event.id}/dismiss`)
    expect(dismissed).toMatchObject({ status: 200, dismissed_at: expect.any(String) })
    expect(await shop.send({ ...event, data: { object: {} } })).toBe('dead_letter')
    expect((await shop.call('GET', '/v1/dead-letters')).data).toEqual([])
    expect((await shop.call('GET', '/v1/dead-letters?state=dismissed')).data).toMatchObject([
      { id: event.id, dismissed_at: dismissed.dismissed_at },
    ])
    expect(await gauge()).toBe('0')
  },
)
