import { describe, expect, it } from 'vitest'
import { openEmulator } from '../support/open-emulator.ts'
import { until } from '../support/until.ts'

const visa = {
  amount: 2000,
  currency: 'usd',
  confirm: true,
  payment_method: 'pm_card_visa',
} as const

const aDay = 86_400_000
const nothing = '{"pending":0}'

describe('webhooks', () => {
  it('are signed so that the real client accepts them', async () => {
    const { stripe, emulator, service, arrive } = await openEmulator()
    const key = { idempotencyKey: 'my-key' }
    const { id, lastResponse } = await stripe.paymentIntents.create(visa, key)
    await arrive('payment_intent.succeeded')
    for (const { raw, signature } of service.arrived) {
      const event = stripe.webhooks.constructEvent(raw, signature, emulator.webhookSecret)
      expect(event).toMatchObject({
        object: 'event',
        api_version: '2026-10-28.endive',
        livemode: false,
        request: { id: lastResponse.requestId, idempotency_key: 'my-key' },
      })
      expect(() => stripe.webhooks.constructEvent(raw, signature, 'whsec_other')).toThrow()
    }
    const told = service.arrived.find(({ event }) => event.type === 'payment_intent.succeeded')
    expect(told?.event.data.object).toMatchObject({ id, status: 'succeeded' })
  })

  it('show the object as it was at the time of the event', async () => {
    const { stripe } = await openEmulator()
    const intent = await stripe.paymentIntents.create(visa)
    await stripe.refunds.create({ payment_intent: intent.id })
    const { data } = await stripe.events.list({ type: 'charge.succeeded' })
    expect(data[0]?.data.object).toMatchObject({ refunded: false, amount_refunded: 0 })
    const refunded = await stripe.events.list({ type: 'charge.refunded' })
    expect(refunded.data[0]?.data).toMatchObject({
      object: { refunded: true },
      previous_attributes: { amount_refunded: 0, refunded: false },
    })
  })

  it('are sent again, freshly signed, until they are answered with 2xx', async () => {
    const { stripe, emulator, service, arrive, ask, logged } = await openEmulator()
    service.answer = 500
    await stripe.products.create({ name: 'no event' })
    await stripe.customers.create({ name: 'one event' })
    await arrive('customer.created', 'customer.created', 'customer.created')
    expect((await ask('/emulator/deliveries')).body).toEqual({ pending: 1 })
    expect((await stripe.events.list({ delivery_success: false })).data).toMatchObject([
      { type: 'customer.created', pending_webhooks: 1 },
    ])
    expect((await stripe.events.list({ delivery_success: true })).data).toEqual([])
    service.answer = 302
    const before = service.arrived.length
    await until('webhooks to arrive', () => service.arrived.length > before + 1)
    service.answer = 204
    await until(
      'the webhooks to be accepted',
      async () => (await stripe.events.list()).data[0]?.pending_webhooks === 0,
    )
    const ids = new Set(service.arrived.map(({ event }) => event.id))
    expect(ids.size).toBe(1)
    for (const { raw, signature } of service.arrived)
      stripe.webhooks.constructEvent(raw, signature, emulator.webhookSecret)
    expect(logged).toEqual([
      'a webhook was not accepted and will be sent again',
      'webhooks are accepted again',
    ])
  })

  it('outlive a restart of the emulator', async () => {
    const first = await openEmulator({ retryDelaysMs: [3_600_000] })
    first.service.answer = 503
    await first.stripe.customers.create({ name: 'one event' })
    await first.arrive('customer.created')
    const second = await first.restart()
    expect((await second.ask('/emulator/deliveries')).body).toEqual({ pending: 1 })
    second.service.answer = 200
    expect(await second.ask('/emulator/deliveries/now', {})).toMatchObject({ status: 200 })
    await second.arrive('customer.created', 'customer.created')
  })

  it('are given up after three days', async () => {
    const { stripe, service, ask, clock } = await openEmulator()
    const start = Date.now()
    clock.nowMs = start
    service.answer = 503
    await stripe.customers.create({ name: 'one event' })
    // The second attempt begins once the outcome of the first is stored.
    await until('a second attempt', async () => {
      await ask('/emulator/deliveries/now', {})
      return service.arrived.length >= 2
    })
    clock.nowMs = start + 4 * aDay
    const before = service.arrived.length
    await until('the webhook to be given up', async () => {
      await ask('/emulator/deliveries/now', {})
      return JSON.stringify((await ask('/emulator/deliveries')).body) === nothing
    })
    expect(service.arrived.length - before).toBeLessThanOrEqual(1)
  })

  it('can be forgotten, as in an outage longer than the retries', async () => {
    const { stripe, service, ask, emulator } = await openEmulator({ retryDelaysMs: [3_600_000] })
    service.answer = 503
    await stripe.customers.create({ name: 'one event' })
    await until('webhooks to arrive', () => service.arrived.length === 1)
    await fetch(`${emulator.url}/emulator/deliveries`, { method: 'DELETE' })
    expect((await ask('/emulator/deliveries')).body).toEqual({ pending: 0 })
    expect((await stripe.events.list()).data).toHaveLength(1)
  })
})

describe('events', () => {
  it('are listed and read for thirty days, as at Stripe', async () => {
    const { stripe, clock } = await openEmulator()
    const start = Date.now()
    clock.nowMs = start
    await stripe.customers.create({})
    const [event] = (await stripe.events.list()).data
    clock.nowMs = start + 29 * aDay
    expect((await stripe.events.list()).data).toHaveLength(1)
    clock.nowMs = start + 31 * aDay
    expect((await stripe.events.list()).data).toEqual([])
    await expect(stripe.events.retrieve(String(event?.id))).rejects.toMatchObject({
      statusCode: 404,
    })
    expect((await stripe.customers.list()).data).toHaveLength(1)
  })

  it('are listed by type, by several types, and read by id', async () => {
    const { stripe } = await openEmulator()
    await stripe.paymentIntents.create(visa)
    await stripe.paymentIntents.create(visa)
    const types = ['payment_intent.succeeded', 'charge.succeeded', 'refund.created']
    const several = await stripe.events.list({ types, limit: 3 })
    expect(several.has_more).toBe(true)
    expect(several.data.map(({ type }) => type)).toEqual([
      'payment_intent.succeeded',
      'charge.succeeded',
      'payment_intent.succeeded',
    ])
    const rest = await stripe.events.list({ types, starting_after: several.data[2]?.id ?? '' })
    expect(rest.data.map(({ type }) => type)).toEqual(['charge.succeeded'])
    const id = several.data[0]?.id ?? ''
    expect(await stripe.events.retrieve(id)).toMatchObject({ id, type: 'payment_intent.succeeded' })
    expect((await stripe.events.list({ type: 'refund.created' })).data).toEqual([])
  })

  it('are refused as Stripe refuses them', async () => {
    const { stripe } = await openEmulator()
    const many = Array.from({ length: 21 }, (_, index) => `type.${index}`)
    await expect(stripe.events.list({ types: many })).rejects.toMatchObject({ param: 'types' })
    await expect(stripe.events.list({ type: 'a', types: ['b'] })).rejects.toMatchObject({
      statusCode: 400,
    })
    await expect(stripe.events.retrieve('evt_none')).rejects.toMatchObject({ statusCode: 404 })
  })
})
