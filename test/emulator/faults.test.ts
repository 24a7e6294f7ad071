import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { openEmulator, refusal } from '../support/open-emulator.ts'

const visa = {
  amount: 2000,
  currency: 'usd',
  confirm: true,
  payment_method: 'pm_card_visa',
} as const

/** A small seeded generator (mulberry32), so that a failing run can be repeated. */
function seeded(seed: number) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const seed = Date.now() % 100_000

describe('faults', () => {
  it('are off at first, changed one by one, and healed with null', async () => {
    const { ask } = await openEmulator({ faults: { drop: 0.5 } })
    expect((await ask('/emulator/faults')).body).toMatchObject({ drop: 0.5, duplicate: 0 })
    expect((await ask('/emulator/faults', { duplicate: 1 })).body).toMatchObject({
      drop: 0.5,
      duplicate: 1,
    })
    expect((await ask('/emulator/faults', null)).body).toMatchObject({ drop: 0, duplicate: 0 })
    const bad = await ask('/emulator/faults', { drop: 2, nonsense: 1 })
    expect(bad.status).toBe(400)
    expect(JSON.stringify(bad.body)).toContain('nonsense')
  })

  it('duplicate: every webhook arrives twice with one id', async () => {
    const { stripe, arrive, service } = await openEmulator({ faults: { duplicate: 1 } })
    await stripe.customers.create({})
    await arrive('customer.created', 'customer.created')
    expect(new Set(service.arrived.map(({ event }) => event.id)).size).toBe(1)
    expect((await stripe.events.list()).data).toHaveLength(1)
  })

  it('secondEventId: two events report one fact', async () => {
    const { stripe, arrive, service } = await openEmulator({ faults: { secondEventId: 1 } })
    const intent = await stripe.paymentIntents.create(visa)
    await arrive('payment_intent.succeeded', 'payment_intent.succeeded')
    const told = service.arrived.filter(({ event }) => event.type === 'payment_intent.succeeded')
    expect(new Set(told.map(({ event }) => event.id)).size).toBe(2)
    for (const { event } of told) expect(event.data.object).toMatchObject({ id: intent.id })
  })

  it('drop: the event is listed but never sent', async () => {
    const { stripe, ask, service, arrive } = await openEmulator({ faults: { drop: 1 } })
    await stripe.paymentIntents.create(visa)
    await ask('/emulator/faults', null)
    await stripe.customers.create({})
    await arrive('customer.created')
    expect(service.types()).toEqual(['customer.created'])
    expect((await stripe.events.list()).data).toHaveLength(4)
  })

  it('neverGenerate: the payment is there, its events never were', async () => {
    const { stripe, ask } = await openEmulator({ faults: { neverGenerate: 1 } })
    const intent = await stripe.paymentIntents.create(visa)
    expect((await stripe.events.list()).data).toEqual([])
    expect((await stripe.charges.list()).data).toMatchObject([{ payment_intent: intent.id }])
    expect((await ask('/emulator/truth')).body).toMatchObject({
      payments: { success: { count: 1, ids: [intent.id] } },
    })
  })

  it('neverGenerate and drop leave the sole source of a refused 3-D Secure in the list', async () => {
    const { stripe, ask } = await openEmulator({ faults: { neverGenerate: 1, drop: 1 } })
    const payment_method = 'pm_card_authenticationRequired'
    const intent = await stripe.paymentIntents.create({ ...visa, payment_method })
    await ask(`/emulator/payment_intents/${intent.id}/authentication`, { accepted: false })
    const { data } = await stripe.events.list()
    expect(data).toMatchObject([{ type: 'payment_intent.payment_failed' }])
    expect((await ask('/emulator/truth')).body).toMatchObject({
      payments: { failed: { ids: [data[0]?.id] } },
    })
  })

  it(`reorder and delay: everything arrives, in another order (seed ${seed})`, async () => {
    const { ask, service, arrive, stripe } = await openEmulator({ random: seeded(seed) })
    await ask('/emulator/faults', { reorder: 0.5, delayMs: 5 })
    await ask('/emulator/payments', { count: 20, outcome: 'success' })
    await arrive(...Array.from({ length: 20 }, () => 'payment_intent.succeeded'))
    await arrive(...Array.from({ length: 20 }, () => 'charge.succeeded'))
    await arrive(...Array.from({ length: 20 }, () => 'payment_intent.created'))
    const listed: string[] = []
    for await (const { id } of stripe.events.list({ limit: 100 })) listed.unshift(id)
    expect(service.arrived.map(({ event }) => event.id)).not.toEqual(listed)
    expect(new Set(service.arrived.map(({ event }) => event.id))).toEqual(new Set(listed))
  })

  it('lateListMs: lists lag behind, reading by id does not', async () => {
    const { stripe, clock } = await openEmulator({ faults: { lateListMs: 10_000 } })
    const start = Date.now()
    clock.nowMs = start
    const intent = await stripe.paymentIntents.create(visa)
    expect((await stripe.paymentIntents.list()).data).toEqual([])
    expect((await stripe.events.list()).data).toEqual([])
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({ status: 'succeeded' })
    clock.nowMs = start + 10_000
    expect((await stripe.paymentIntents.list()).data).toHaveLength(1)
    expect((await stripe.events.list()).data).toHaveLength(3)
  })

  it('processingMs and refundProcessingMs: money takes its time, weeks if need be', async () => {
    const threeWeeks = 21 * 86_400_000
    const { stripe, clock, ask } = await openEmulator({ faults: { processingMs: threeWeeks } })
    const start = Date.now()
    clock.nowMs = start
    const intent = await stripe.paymentIntents.create(visa)
    expect(intent.status).toBe('processing')
    clock.nowMs = start + threeWeeks
    const settled = await stripe.paymentIntents.retrieve(intent.id)
    expect(settled).toMatchObject({ status: 'succeeded', created: intent.created })
    await ask('/emulator/faults', { refundProcessingMs: threeWeeks })
    const refund = await stripe.refunds.create({ payment_intent: intent.id })
    expect(refund.status).toBe('pending')
    clock.nowMs = start + 2 * threeWeeks
    expect((await ask('/emulator/truth')).body).toMatchObject({
      payments: { success: { count: 1 }, refunded: { count: 1 } },
    })
    const since = Math.floor((start + threeWeeks) / 1000)
    expect((await ask(`/emulator/truth?since=${since}`)).body).toMatchObject({
      payments: { success: { count: 0 }, refunded: { count: 1, ids: [refund.id] } },
    })
  })

  it('settles as time passes, without a request', async () => {
    const { stripe, ask, arrive } = await openEmulator({ faults: { processingMs: 20 } })
    await stripe.paymentIntents.create(visa)
    await ask('/emulator/faults', null)
    await arrive('payment_intent.succeeded')
  })

  it('apiError and apiRateLimit: nothing happened, and a retry succeeds', async () => {
    const { stripe, ask } = await openEmulator({ faults: { apiError: 1 } })
    const key = { idempotencyKey: 'one-key' }
    const broken = await refusal(stripe.customers.create({}, key))
    expect(broken).toMatchObject({ statusCode: 500, type: 'StripeAPIError' })
    await ask('/emulator/faults', { apiError: 0, apiRateLimit: 1 })
    const limited = await refusal(stripe.customers.create({}, key))
    expect(limited).toMatchObject({ statusCode: 429, type: 'StripeRateLimitError' })
    await ask('/emulator/faults', null)
    await stripe.customers.create({}, key)
    expect((await stripe.customers.list()).data).toHaveLength(1)
  })

  it('apiErrorAfter: it happened, and the key remembers the 500', async () => {
    const { stripe, ask } = await openEmulator({ faults: { apiErrorAfter: 1 } })
    const key = { idempotencyKey: 'one-key' }
    expect(await refusal(stripe.customers.create({}, key))).toMatchObject({ statusCode: 500 })
    await ask('/emulator/faults', null)
    expect(await refusal(stripe.customers.create({}, key))).toMatchObject({ statusCode: 500 })
    expect((await stripe.customers.list()).data).toHaveLength(1)
  })

  it('apiTimeout: it happened, the answer is lost, and the key replays it', async () => {
    const { stripe, ask } = await openEmulator({ faults: { apiTimeout: 1, apiTimeoutMs: 5 } })
    const key = { idempotencyKey: 'one-key' }
    const lost = await refusal(stripe.customers.create({ name: 'lost' }, key))
    expect(lost.type).toBe('StripeConnectionError')
    await ask('/emulator/faults', null)
    const { data } = await stripe.customers.list()
    expect(await stripe.customers.create({ name: 'lost' }, key)).toEqual(data[0])
  })
})

describe('the controls', () => {
  it('make many payments at once, each with its events', async () => {
    const { stripe, ask, arrive } = await openEmulator()
    const make = async (count: number, outcome: string) =>
      (await ask('/emulator/payments', { count, outcome })).body as Record<string, string[]>
    const paid = await make(250, 'success')
    const failed = await make(30, 'failed')
    const refunded = await make(20, 'refunded')
    expect(
      [paid.payment_intents, failed.charges, refunded.refunds].map((ids) => ids?.length),
    ).toEqual([250, 30, 20])
    await arrive(...Array.from({ length: 270 }, () => 'payment_intent.succeeded'))
    await arrive(...Array.from({ length: 30 }, () => 'payment_intent.payment_failed'))
    await arrive(...Array.from({ length: 20 }, () => 'refund.created'))
    const ids: string[] = []
    for await (const { id } of stripe.paymentIntents.list({ limit: 100 })) ids.push(id)
    expect(ids).toHaveLength(300)
    expect((await ask('/emulator/truth?ids=false')).body).toMatchObject({
      payments: { success: { count: 270 }, failed: { count: 30 }, refunded: { count: 20 } },
    })
    expect(await ask('/emulator/payments', { count: 0, outcome: 'success' })).toMatchObject({
      status: 400,
    })
  })

  it('include unusual events: live mode, another account, unknown types', async () => {
    const { stripe, ask, arrive, service } = await openEmulator()
    const intent = await stripe.paymentIntents.create(visa)
    await arrive('payment_intent.succeeded')
    service.arrived.length = 0
    const type = 'payment_intent.succeeded'
    const tell = (body: object) => ask('/emulator/events', body)
    expect((await tell({ type, object: intent.id, livemode: true })).body).toMatchObject({
      livemode: true,
      data: { object: { id: intent.id, livemode: true } },
    })
    await tell({ type, object: intent.id, account: 'acct_other' })
    await tell({ type: 'odd.thing', object: { id: 'odd_1', object: 'odd' } })
    await arrive(type, type, 'odd.thing')
    const told = service.arrived.map(({ event }) => [event.type, event.livemode, event.account])
    expect(new Set(told.map(String))).toEqual(
      new Set([`${type},true,`, `${type},false,acct_other`, 'odd.thing,false,']),
    )
    expect(await tell({ type, object: 'pi_none' })).toMatchObject({ status: 404 })
  })

  it('refuse what is not JSON, foreign names and foreign pages', async () => {
    const { emulator } = await openEmulator()
    const { hostname, port } = new URL(emulator.url)
    const faults = `${emulator.url}/emulator/faults`
    const post = (headers: Record<string, string>) =>
      fetch(faults, { method: 'POST', body: 'nonsense', headers })
    expect((await post({})).status).toBe(400)
    expect((await post({ origin: `http://${hostname}:${port}` })).status).toBe(400)
    expect((await post({ origin: 'https://evil.example' })).status).toBe(403)
    expect(await statusOfDeclared(faults, 2_000_000)).toBe(413)
  })
})

/** Announces a body of so many bytes and sends none of it. */
function statusOfDeclared(url: string, bytes: number) {
  return new Promise((resolve) => {
    const headers = { 'content-length': bytes }
    const asked = request(url, { method: 'POST', headers }, (answer) => {
      resolve(answer.statusCode)
      asked.destroy()
    })
    asked.flushHeaders()
  })
}
