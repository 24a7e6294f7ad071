import type Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { press } from '../support/emulator-controls.ts'
import { openEmulator, refusal, startCheckout } from '../support/open-emulator.ts'

const anHour = 3_600_000

function oneOff(stripe: Stripe, more: Stripe.Checkout.SessionCreateParams = {}) {
  return stripe.checkout.sessions.create({
    mode: 'payment',
    line_items: [
      {
        quantity: 2,
        price_data: { currency: 'usd', unit_amount: 750, product_data: { name: 'Mug' } },
      },
    ],
    success_url: 'http://127.0.0.1:1/done?session={CHECKOUT_SESSION_ID}',
    metadata: { plan: 'starter' },
    payment_intent_data: { metadata: { plan: 'starter' }, description: 'two mugs' },
    ...more,
  })
}

describe('a Checkout Session', () => {
  it('starts open and unpaid, with a pay page as its url', async () => {
    const { stripe, emulator, ask } = await openEmulator()
    const session = await startCheckout(stripe, 'professional', {
      customer_email: 'a@example.com',
      client_reference_id: 'ref-1',
    })
    expect(session).toMatchObject({
      object: 'checkout.session',
      mode: 'subscription',
      status: 'open',
      payment_status: 'unpaid',
      amount_total: 4900,
      currency: 'usd',
      customer_email: 'a@example.com',
      client_reference_id: 'ref-1',
      metadata: { plan: 'professional', countinghouse: 'ledger-1' },
      payment_intent: null,
      url: `${emulator.url}/pay/${session.id}`,
    })
    expect(session.id).toMatch(/^cs_test_a1\w{56}$/)
    expect(session.expires_at - session.created).toBe(24 * 3600)
    expect(session).not.toHaveProperty('line_items')
    expect(session).not.toHaveProperty('$')
    const expanded = await stripe.checkout.sessions.retrieve(session.id, { expand: ['line_items'] })
    expect(expanded.line_items?.data).toMatchObject([{ description: 'Professional', quantity: 1 }])
    expect((await stripe.checkout.sessions.listLineItems(session.id)).data).toHaveLength(1)
    expect((await ask('/emulator/truth')).body).toMatchObject({
      checkouts: { professional: { count: 1, ids: [session.id] } },
    })
  })

  it('in mode payment ends in one payment that carries its metadata', async () => {
    const { stripe, arrive, service } = await openEmulator()
    const session = await oneOff(stripe)
    const answer = await press(String(session.url), 'pay')
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe(`http://127.0.0.1:1/done?session=${session.id}`)
    const done = await stripe.checkout.sessions.retrieve(session.id, {
      expand: ['payment_intent.latest_charge'],
    })
    expect(done).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      url: null,
      subscription: null,
      payment_intent: {
        status: 'succeeded',
        amount: 1500,
        metadata: { plan: 'starter' },
        latest_charge: { paid: true, amount: 1500 },
      },
    })
    await arrive('payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded')
    await arrive('checkout.session.completed')
    expect(service.arrived).toHaveLength(4)
  })

  it('in subscription mode reports the one payment by several events, without our metadata', async () => {
    const { stripe, arrive, service, ask } = await openEmulator()
    const session = await startCheckout(stripe, 'starter')
    await press(String(session.url), 'pay')
    await arrive('customer.subscription.created', 'invoice.paid', 'invoice.payment_succeeded')
    await arrive('invoice_payment.paid', 'payment_intent.succeeded', 'checkout.session.completed')
    const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ['customer'] })
    expect(done).toMatchObject({ payment_intent: null, payment_status: 'paid' })
    expect(done.subscription).toMatch(/^sub_1/)
    expect(done.invoice).toMatch(/^in_1/)
    expect(done.customer).toMatchObject({ object: 'customer' })
    const paid = service.arrived.filter(({ event }) => event.type === 'payment_intent.succeeded')
    expect(paid).toHaveLength(1)
    expect(paid[0]?.event.data.object).toMatchObject({ metadata: {}, amount: 1900 })
    expect((await ask('/emulator/truth?ids=false')).body).toEqual({
      checkouts: { starter: { count: 1 } },
      payments: { success: { count: 1 }, failed: { count: 0 }, refunded: { count: 0 } },
      refunds_failed_later: { count: 0 },
    })
  })

  it('stays open after a decline and a refused 3-D Secure, on the same PaymentIntent', async () => {
    const { stripe, arrive, ask } = await openEmulator()
    const session = await startCheckout(stripe, 'starter')
    const url = String(session.url)
    expect((await press(url, 'decline')).headers.get('location')).toBe(`/pay/${session.id}`)
    await press(url, 'refuse')
    await press(url, 'pay')
    await press(url, 'pay')
    await arrive('charge.failed', 'payment_intent.payment_failed', 'invoice.payment_failed')
    await arrive('payment_intent.payment_failed', 'payment_intent.payment_failed')
    await arrive('checkout.session.completed')
    expect((await stripe.paymentIntents.list()).data).toHaveLength(1)
    expect((await stripe.charges.list()).data.map(({ status }) => status)).toEqual([
      'succeeded',
      'failed',
    ])
    expect((await ask('/emulator/truth?ids=false')).body).toMatchObject({
      payments: { success: { count: 1 }, failed: { count: 2 } },
    })
  })

  it('expires after its time or on request, and cannot be paid afterwards', async () => {
    const { stripe, clock, arrive } = await openEmulator()
    const start = Date.now()
    clock.nowMs = start
    const soon = await startCheckout(stripe, 'starter', { expires_at: seconds(start + anHour) })
    const other = await startCheckout(stripe, 'starter')
    expect(await stripe.checkout.sessions.expire(other.id)).toMatchObject({
      status: 'expired',
      url: null,
    })
    expect((await refusal(stripe.checkout.sessions.expire(other.id))).message).toContain(
      '`expired`',
    )
    clock.nowMs = start + 2 * anHour
    expect((await press(String(soon.url), 'pay')).headers.get('location')).toBe(`/pay/${soon.id}`)
    expect(await stripe.checkout.sessions.retrieve(soon.id)).toMatchObject({ status: 'expired' })
    await arrive('checkout.session.expired', 'checkout.session.expired')
    expect((await stripe.paymentIntents.list()).data).toEqual([])
  })

  it('whose payment settles later completes unpaid and is updated afterwards', async () => {
    const { stripe, clock, arrive } = await openEmulator({ faults: { processingMs: anHour } })
    const start = Date.now()
    clock.nowMs = start
    const good = await startCheckout(stripe, 'starter')
    const bad = await startCheckout(stripe, 'starter')
    await press(String(good.url), 'pay')
    await press(String(bad.url), 'decline')
    const read = (id: string) => stripe.checkout.sessions.retrieve(id)
    expect(await read(good.id)).toMatchObject({ status: 'complete', payment_status: 'unpaid' })
    clock.nowMs = start + 2 * anHour
    expect(await read(good.id)).toMatchObject({ payment_status: 'paid' })
    expect(await read(bad.id)).toMatchObject({ payment_status: 'unpaid' })
    await arrive('checkout.session.async_payment_succeeded', 'invoice.paid')
    await arrive('checkout.session.async_payment_failed', 'payment_intent.payment_failed')
  })

  it('is listed by status, by PaymentIntent and by subscription', async () => {
    const { stripe } = await openEmulator()
    const open = await startCheckout(stripe, 'starter')
    const paid = await oneOff(stripe)
    await press(String(paid.url), 'pay')
    const { payment_intent } = await stripe.checkout.sessions.retrieve(paid.id)
    const ids = async (params: Stripe.Checkout.SessionListParams) =>
      (await stripe.checkout.sessions.list(params)).data.map(({ id }) => id)
    expect(await ids({})).toEqual([paid.id, open.id])
    expect(await ids({ status: 'open' })).toEqual([open.id])
    expect(await ids({ payment_intent: String(payment_intent) })).toEqual([paid.id])
    expect(await ids({ subscription: 'sub_none' })).toEqual([])
  })

  it('is refused as Stripe refuses it', async () => {
    const { stripe } = await openEmulator()
    const starter = (await stripe.prices.list({ lookup_keys: ['starter'] })).data[0]
    const price = String(starter?.id)
    const create = (params: object) =>
      refusal(
        stripe.checkout.sessions.create({
          mode: 'subscription',
          line_items: [{ price, quantity: 1 }],
          success_url: 'http://127.0.0.1:1/',
          ...params,
        } as Stripe.Checkout.SessionCreateParams),
      )
    expect(await create({ line_items: [{ price: 'price_none', quantity: 1 }] })).toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'line_items[0][price]',
    })
    expect((await create({ mode: 'payment' })).message).toContain('recurring price')
    const mug = {
      quantity: 1,
      price_data: { currency: 'usd', unit_amount: 1, product_data: { name: 'Mug' } },
    }
    expect((await create({ line_items: [mug] })).message).toContain('at least one recurring price')
    const euros = { ...mug, price_data: { ...mug.price_data, currency: 'eur' } }
    expect((await create({ line_items: [{ price, quantity: 1 }, euros] })).message).toContain(
      'same currency',
    )
    expect(await create({ line_items: [] })).toMatchObject({ code: 'parameter_missing' })
    expect(await create({ line_items: ['x'] })).toMatchObject({ param: 'line_items' })
    expect(await create({ line_items: [{ quantity: 1 }] })).toMatchObject({
      param: 'line_items[0]',
    })
    expect(await create({ line_items: [{ price }] })).toMatchObject({
      param: 'line_items[0][quantity]',
    })
    expect(await create({ success_url: '' })).toMatchObject({ param: 'success_url' })
    expect(await create({ cancel_url: 'javascript:alert(1)' })).toMatchObject({
      code: 'url_invalid',
    })
    expect(await create({ customer: 'cus_none' })).toMatchObject({ param: 'customer' })
    expect(await create({ mode: 'setup' })).toMatchObject({ param: 'mode' })
    expect(await create({ expires_at: seconds(Date.now()) + 60 })).toMatchObject({
      param: 'expires_at',
    })
    expect(await create({ expires_at: seconds(Date.now()) + 90_000 })).toMatchObject({
      param: 'expires_at',
    })
    expect(await create({ colour: 'green' })).toMatchObject({
      code: 'parameter_unknown',
      param: 'colour',
    })
    await stripe.prices.update(price, { active: false })
    expect(await create({})).toMatchObject({ param: 'line_items[0][price]' })
    expect(await refusal(stripe.checkout.sessions.retrieve('cs_none'))).toMatchObject({
      statusCode: 404,
    })
  })
})

function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}
