import type Stripe from 'stripe'
import { expect, test } from 'vitest'
import { openSeller } from '../support/sell.ts'

type Shown = Partial<Record<keyof Stripe.Checkout.Session, unknown>>

test.each<[string, object, Shown]>([
  ['promotion codes', { allow_promotion_codes: true }, { allow_promotion_codes: true }],
  ['no promotion codes', { allow_promotion_codes: false }, { allow_promotion_codes: false }],
  ['tax', { automatic_tax: true }, { automatic_tax: expect.objectContaining({ enabled: true }) }],
  ['a language', { locale: 'pt-BR' }, { locale: 'pt-BR' }],
  ['a reference', { client_reference_id: 'order-1' }, { client_reference_id: 'order-1' }],
  ['an address', { customer_email: 'a@example.com' }, { customer_email: 'a@example.com' }],
  [
    'metadata of its own',
    { metadata: { user: '7' } },
    { metadata: { user: '7', plan: 'starter', countinghouse: expect.any(String) } },
  ],
])('a caller may ask for %s', async (_, body, shown) => {
  const { sold } = await openSeller()
  expect(await sold({ plan: 'starter', ...body })).toMatchObject(shown)
})

test.each([
  "o'brien+tag@example.co.uk",
  'r&d@example.com',
  'x!y@example.com',
  'anna/ops@example.com',
  'jürgen@example.com',
])('the address %s is taken', async (customer_email) => {
  const { sold } = await openSeller()
  expect(await sold({ plan: 'starter', customer_email })).toMatchObject({ customer_email })
})

test('an address that only Stripe refuses is a 400 in its words', async () => {
  const { buy } = await openSeller()
  expect(await buy({ plan: 'starter', customer_email: 'a@localhost' })).toMatchObject({
    status: 400,
    body: { detail: expect.stringMatching(/^customer_email: Invalid email address/) },
  })
})

test('an existing customer buys, with tax too, and excludes an address', async () => {
  const { stripe, sold, buy } = await openSeller()
  const { id: customer } = await stripe.customers.create({ email: 'jenny@example.com' })
  expect(await sold({ plan: 'starter', customer })).toMatchObject({ customer })
  expect(await sold({ plan: 'starter', customer, automatic_tax: true })).toMatchObject({
    customer,
    automatic_tax: { enabled: true },
  })
  expect(await buy({ plan: 'starter', customer, customer_email: 'a@example.com' })).toMatchObject({
    status: 400,
    body: { detail: expect.stringContaining('customer or customer_email, not both') },
  })
  expect(await buy({ plan: 'starter', customer: 'cus_unknown' })).toMatchObject({
    status: 400,
    body: { detail: expect.stringMatching(/^customer: No such customer/) },
  })
})

/** A price that is paid once, in the place of the plan's own. */
async function sellOnce(stripe: Stripe, plan: string): Promise<void> {
  await stripe.prices.create({
    currency: 'usd',
    unit_amount: 500,
    product_data: { name: 'Once' },
    lookup_key: plan,
    transfer_lookup_key: true,
  })
}

async function pay({ url }: Stripe.Checkout.Session): Promise<void> {
  const body = new URLSearchParams({ action: 'pay' })
  await fetch(String(url), { method: 'POST', body, redirect: 'manual' })
}

test('a trial begins a subscription without a payment; a price that is paid once has none', async () => {
  const { stripe, sold, buy } = await openSeller()
  await sellOnce(stripe, 'professional')
  const session = await sold({ plan: 'starter', trial_period_days: 14 })
  expect(session).toMatchObject({ amount_total: 0, status: 'open' })
  await pay(session)
  expect(
    await stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription'] }),
  ).toMatchObject({
    payment_status: 'no_payment_required',
    subscription: { status: 'trialing' },
  })
  expect((await stripe.paymentIntents.list()).data).toEqual([])
  expect(await buy({ plan: 'professional', trial_period_days: 14 })).toMatchObject({
    status: 400,
    body: { detail: expect.stringMatching(/^trial_period_days: .* is paid once/) },
  })
})

test('plan, ledger and the caller’s metadata are set on the subscription, or on the PaymentIntent of a one-time payment', async () => {
  const { stripe, sold } = await openSeller()
  await sellOnce(stripe, 'enterprise')
  const metadata = { user: '7' }
  const countinghouse = expect.stringMatching(/^\w{8}$/)
  const monthly = await sold({ plan: 'starter', metadata })
  await pay(monthly)
  expect(
    await stripe.checkout.sessions.retrieve(monthly.id, { expand: ['subscription'] }),
  ).toMatchObject({ subscription: { metadata: { ...metadata, plan: 'starter', countinghouse } } })
  const once = await sold({ plan: 'enterprise', metadata })
  await pay(once)
  expect(
    await stripe.checkout.sessions.retrieve(once.id, { expand: ['payment_intent'] }),
  ).toMatchObject({
    payment_intent: { metadata: { ...metadata, plan: 'enterprise', countinghouse } },
  })
})

test.each([
  ['plan', { plan: 'enterprise' }],
  ['countinghouse', { countinghouse: '00000000' }],
  ['a[b]', { 'a[b]': 'x' }],
  ['x', { x: 'x'.repeat(501) }],
])('metadata that cannot be kept is refused: %s', async (key, metadata) => {
  const { buy } = await openSeller()
  const { status, body } = await buy({ plan: 'starter', metadata })
  expect(status).toBe(400)
  expect(JSON.stringify(body)).toContain(`metadata.${key}`)
})

test.each([
  [
    'https://shop.example.com/thanks/',
    'https://shop.example.com/thanks/?session_id={CHECKOUT_SESSION_ID}',
  ],
  [
    'https://shop.example.com/#/thanks/',
    'https://shop.example.com/?session_id={CHECKOUT_SESSION_ID}#/thanks/',
  ],
  [
    'https://shop.example.com/a#b#c',
    'https://shop.example.com/a?session_id={CHECKOUT_SESSION_ID}#b#c',
  ],
  [
    'https://shop.example.com/thanks?id=%7BCHECKOUT_SESSION_ID%7D',
    'https://shop.example.com/thanks?id={CHECKOUT_SESSION_ID}',
  ],
  [
    'https://shop.example.com/%7bCHECKOUT_SESSION_ID%7d/',
    'https://shop.example.com/{CHECKOUT_SESSION_ID}/',
  ],
])('the success page %s is kept as it is, with the placeholder bare', async (given, sent) => {
  const { sold } = await openSeller({ environment: { CHECKOUT_SUCCESS_URL: given } })
  expect((await sold({ plan: 'starter' })).success_url).toBe(sent)
  expect((await sold({ plan: 'starter', success_url: given })).success_url).toBe(sent)
})
