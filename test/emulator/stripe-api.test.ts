import Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { clientFor, openEmulator, refusal, startCheckout } from '../support/open-emulator.ts'

const aMinute = 60_000

describe('Stripe’s API, as the real client sees it', () => {
  it('lets test keys in by Bearer and Basic, and refuses everything else as Stripe does', async () => {
    const { emulator } = await openEmulator()
    const read = (authorization?: string) =>
      fetch(`${emulator.url}/v1/account`, authorization ? { headers: { authorization } } : {})
    expect((await read(`Bearer ${emulator.secretKey}`)).status).toBe(200)
    expect((await read('Bearer rk_test_another')).status).toBe(200)
    expect((await read(`Basic ${btoa('sk_test_another:')}`)).status).toBe(200)
    for (const bad of [undefined, 'Bearer sk_live_1234567890abc', 'Bearer nonsense', 'Digest x']) {
      const answer = await read(bad)
      expect(answer.status).toBe(401)
      expect(await answer.json()).toMatchObject({ error: { type: 'invalid_request_error' } })
    }
    const error = await refusal(clientFor(emulator, 'sk_live_1').accounts.retrieveCurrent())
    expect(error).toBeInstanceOf(Stripe.errors.StripeAuthenticationError)
  })

  it('marks every response with a request id, its own clock and the requested version', async () => {
    const { emulator, clock } = await openEmulator()
    clock.nowMs = Date.UTC(2026, 10, 22, 12, 0, 0)
    const headers = {
      authorization: `Bearer ${emulator.secretKey}`,
      'stripe-version': '2026-10-28.endive',
    }
    const answer = await fetch(`${emulator.url}/v1/nothing`, { headers })
    expect(answer.status).toBe(404)
    expect(answer.headers.get('request-id')).toMatch(/^req_\w{14}$/)
    expect(answer.headers.get('date')).toBe('Sun, 22 Nov 2026 12:00:00 GMT')
    expect(answer.headers.get('stripe-version')).toBe('2026-10-28.endive')
    expect(await answer.json()).toMatchObject({
      error: { message: 'Unrecognized request URL (GET: /v1/nothing).' },
    })
  })

  it('is one account for the life of its file', async () => {
    const first = await openEmulator()
    const account = await first.stripe.accounts.retrieveCurrent()
    expect(account.id).toMatch(/^acct_1\w{16}$/)
    const second = await first.restart()
    expect(await second.stripe.accounts.retrieveCurrent()).toMatchObject({ id: account.id })
    expect(await second.stripe.accounts.retrieve(account.id)).toMatchObject({ id: account.id })
    expect(second.emulator.secretKey).toBe(first.emulator.secretKey)
    expect(second.emulator.webhookSecret).toBe(first.emulator.webhookSecret)
    expect(await refusal(second.stripe.accounts.retrieve('acct_other'))).toMatchObject({
      code: 'resource_missing',
    })
  })

  it('shows where its webhooks are sent', async () => {
    const { stripe, service } = await openEmulator()
    const { data } = await stripe.webhookEndpoints.list()
    expect(data).toMatchObject([
      {
        url: `${service.url}/webhooks/stripe`,
        api_version: '2026-10-28.endive',
        status: 'enabled',
      },
    ])
    expect(await stripe.webhookEndpoints.retrieve(String(data[0]?.id))).toEqual(
      expect.objectContaining({ enabled_events: ['*'] }),
    )
    expect(await refusal(stripe.webhookEndpoints.retrieve('we_none'))).toMatchObject({
      statusCode: 404,
    })
  })
})

describe('prices', () => {
  it('come seeded for the three plans and are found by lookup key', async () => {
    const { stripe } = await openEmulator()
    const { data } = await stripe.prices.list({
      lookup_keys: ['starter', 'professional', 'enterprise', 'none'],
      active: true,
      expand: ['data.product'],
    })
    const found = data.map(({ lookup_key, unit_amount, type, recurring }) => [
      lookup_key,
      unit_amount,
      type,
      recurring?.interval,
    ])
    expect(found.sort()).toEqual([
      ['enterprise', 19900, 'recurring', 'month'],
      ['professional', 4900, 'recurring', 'month'],
      ['starter', 1900, 'recurring', 'month'],
    ])
    expect(data[0]?.product).toMatchObject({ object: 'product', active: true })
  })

  it('can be made, retired, and their lookup key moved', async () => {
    const { stripe } = await openEmulator()
    const product = await stripe.products.create({ name: 'Coffee', metadata: { a: '1' } })
    expect(await stripe.products.retrieve(product.id)).toMatchObject({ metadata: { a: '1' } })
    expect((await stripe.products.list()).data[0]?.id).toBe(product.id)
    const given = { product: product.id, currency: 'eur', unit_amount: 300 }
    const clash = await refusal(stripe.prices.create({ ...given, lookup_key: 'starter' }))
    expect(clash).toMatchObject({ statusCode: 400, param: 'lookup_key' })
    const price = await stripe.prices.create({
      ...given,
      lookup_key: 'starter',
      transfer_lookup_key: true,
    })
    expect(price).toMatchObject({ type: 'one_time', recurring: null, lookup_key: 'starter' })
    const holders = await stripe.prices.list({ lookup_keys: ['starter'] })
    expect(holders.data.map(({ id }) => id)).toEqual([price.id])
    await stripe.prices.update(price.id, { active: false, nickname: 'old', metadata: { b: '2' } })
    expect(await stripe.prices.retrieve(price.id)).toMatchObject({ active: false, nickname: 'old' })
    expect((await stripe.prices.list({ lookup_keys: ['starter'], active: true })).data).toEqual([])
    expect((await stripe.prices.list({ product: product.id, type: 'one_time' })).data).toHaveLength(
      1,
    )
  })

  it('refuse what Stripe refuses', async () => {
    const { stripe } = await openEmulator()
    expect(await refusal(stripe.prices.retrieve('price_none'))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    })
    expect(await refusal(stripe.products.retrieve('prod_none'))).toMatchObject({ statusCode: 404 })
    const price = { currency: 'usd', product: 'prod_none', unit_amount: 1 }
    expect(await refusal(stripe.prices.create(price))).toMatchObject({ param: 'product' })
    const keys = Array.from({ length: 11 }, (_, index) => `key${index}`)
    expect(await refusal(stripe.prices.list({ lookup_keys: keys }))).toMatchObject({
      param: 'lookup_keys',
    })
    expect(await refusal(stripe.prices.list({ limit: 101 }))).toMatchObject({ param: 'limit' })
  })
})

describe('lists', () => {
  it('are newest first, paged both ways, and cut by created', async () => {
    const { stripe, clock } = await openEmulator()
    const ids: string[] = []
    const startMs = Date.UTC(2026, 10, 1)
    for (let index = 0; index < 7; index += 1) {
      clock.nowMs = startMs + Math.floor(index / 2) * aMinute
      ids.push((await stripe.customers.create({ email: `${index}@example.com` })).id)
    }
    const newest = [...ids].reverse()
    const idsOf = (list: { data: { id: string }[] }) => list.data.map(({ id }) => id)
    const first = await stripe.customers.list({ limit: 3 })
    expect(first).toMatchObject({ has_more: true, url: '/v1/customers' })
    expect(idsOf(first)).toEqual(newest.slice(0, 3))
    const second = await stripe.customers.list({ limit: 3, starting_after: newest[2] ?? '' })
    expect(idsOf(second)).toEqual(newest.slice(3, 6))
    const third = await stripe.customers.list({ limit: 3, starting_after: newest[5] ?? '' })
    expect(third).toMatchObject({ has_more: false })
    expect(idsOf(third)).toEqual(newest.slice(6))
    const back = await stripe.customers.list({ limit: 2, ending_before: newest[4] ?? '' })
    expect(idsOf(back)).toEqual(newest.slice(2, 4))
    expect(back.has_more).toBe(true)
    expect(idsOf(await stripe.customers.list({ limit: 2 }))).toHaveLength(2)
    const all: string[] = []
    for await (const { id } of stripe.customers.list({ limit: 2 })) all.push(id)
    expect(all).toEqual(newest)

    const seconds = startMs / 1000
    const within = async (created: Stripe.RangeQueryParam | number) =>
      idsOf(await stripe.customers.list({ created })).reverse()
    expect(await within({ gte: seconds + 60, lte: seconds + 120 })).toEqual(ids.slice(2, 6))
    expect(await within({ gt: seconds, lt: seconds + 120 })).toEqual(ids.slice(2, 4))
    expect(await within(seconds + 180)).toEqual(ids.slice(6))
    expect(await refusal(stripe.customers.list({ starting_after: 'cus_x' }))).toMatchObject({
      code: 'resource_missing',
      param: 'starting_after',
    })
    const both = { starting_after: ids[0] ?? '', ending_before: ids[1] ?? '' }
    expect(await refusal(stripe.customers.list(both))).toMatchObject({ statusCode: 400 })
    expect(await stripe.customers.retrieve(ids[0] ?? '')).toMatchObject({ email: '0@example.com' })
    expect(await refusal(stripe.customers.retrieve('cus_x'))).toMatchObject({ statusCode: 404 })
  })

  it('expand what is requested and nothing that does not exist', async () => {
    const { stripe } = await openEmulator()
    const intent = await stripe.paymentIntents.create({
      amount: 500,
      currency: 'usd',
      payment_method: 'pm_card_visa',
      confirm: true,
      expand: ['latest_charge'],
    })
    expect(intent.latest_charge).toMatchObject({ object: 'charge', status: 'succeeded' })
    const charges = await stripe.charges.list({ expand: ['data.payment_intent.latest_charge'] })
    expect(charges.data[0]?.payment_intent).toMatchObject({
      id: intent.id,
      latest_charge: { object: 'charge' },
    })
    const wrong = stripe.paymentIntents.retrieve(intent.id, { expand: ['nonsense'] })
    expect(await refusal(wrong)).toMatchObject({
      message: 'This property cannot be expanded (nonsense).',
    })
  })
})

describe('idempotency keys', () => {
  it('replay the first answer, across a restart too', async () => {
    const first = await openEmulator()
    const key = { idempotencyKey: 'one-key' }
    const session = await startCheckout(first.stripe, 'starter')
    const expired = await first.stripe.checkout.sessions.expire(session.id, {}, key)
    const { stripe } = await first.restart()
    const again = await stripe.checkout.sessions.expire(session.id, {}, key)
    expect(again).toEqual(expired)
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true')
  })

  it('are refused for another body or another path', async () => {
    const { stripe } = await openEmulator()
    const key = { idempotencyKey: 'one-key' }
    await stripe.products.create({ name: 'one' }, key)
    const body = await refusal(stripe.products.create({ name: 'two' }, key))
    expect(body).toMatchObject({ statusCode: 400, rawType: 'idempotency_error' })
    expect(body.message).toContain('with the same parameters')
    const path = await refusal(stripe.customers.create({ name: 'one' }, key))
    expect(path.message).toContain('for the same endpoint')
    const long = { idempotencyKey: 'k'.repeat(256) }
    expect(await refusal(stripe.products.create({ name: 'x' }, long))).toMatchObject({
      statusCode: 400,
    })
  })

  it('answer 409 while the first request is under way, and remember no invalid request', async () => {
    const { stripe, ask } = await openEmulator()
    await ask('/emulator/faults', { apiDelayMs: 100 })
    const key = { idempotencyKey: 'one-key' }
    const first = stripe.products.create({ name: 'one' }, key)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(await refusal(stripe.products.create({ name: 'one' }, key))).toMatchObject({
      statusCode: 409,
      code: 'idempotency_key_in_use',
    })
    expect((await first).name).toBe('one')
    const other = { idempotencyKey: 'other-key' }
    expect(await refusal(stripe.products.create({ name: '' }, other))).toMatchObject({
      code: 'parameter_missing',
    })
    expect((await stripe.products.create({ name: 'now' }, other)).name).toBe('now')
  })
})
