import type Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { press } from '../support/emulator-controls.ts'
import { type OpenEmulator, openEmulator, startCheckout } from '../support/open-emulator.ts'

async function subscribe(
  { stripe }: OpenEmulator,
  more: Stripe.Checkout.SessionCreateParams = {},
): Promise<string> {
  const session = await startCheckout(stripe, 'starter', more)
  await press(String(session.url), 'pay')
  const { subscription } = await stripe.checkout.sessions.retrieve(session.id)
  return String(subscription)
}

function renew({ ask }: OpenEmulator, id: string, payment_method = 'pm_card_visa') {
  return ask(`/emulator/subscriptions/${id}/renew`, { payment_method })
}

describe('a subscription', () => {
  it('renews by a bill and a payment of its own', async () => {
    const open = await openEmulator()
    const id = await subscribe(open)
    expect(await renew(open, id)).toMatchObject({
      status: 201,
      body: { billing_reason: 'subscription_cycle', status: 'paid', amount_due: 1900 },
    })
    await open.arrive('invoice.created', 'invoice.created', 'invoice.paid', 'invoice.paid')
    await open.arrive('payment_intent.succeeded', 'payment_intent.succeeded')
    await open.arrive('invoice_payment.paid', 'invoice_payment.paid')
    const intents = (await open.stripe.paymentIntents.list()).data
    expect(intents.map(({ description, metadata }) => [description, metadata])).toEqual([
      ['Subscription update', {}],
      ['Subscription creation', {}],
    ])
    expect((await open.ask('/emulator/truth?ids=false')).body).toMatchObject({
      payments: { success: { count: 2 } },
    })
  })

  it('whose renewal fails is past due, and the same bill is tried again', async () => {
    const open = await openEmulator()
    const id = await subscribe(open)
    await renew(open, id, 'pm_card_chargeDeclined')
    await open.arrive('invoice.payment_failed', 'payment_intent.payment_failed')
    await open.arrive('customer.subscription.updated')
    await renew(open, id)
    expect((await open.stripe.paymentIntents.list()).data).toHaveLength(2)
    expect((await open.stripe.charges.list()).data.map(({ status }) => status)).toEqual([
      'succeeded',
      'failed',
      'succeeded',
    ])
    const states = (await open.stripe.events.list({ limit: 100 })).data.flatMap(({ type, data }) =>
      type === 'customer.subscription.updated' && 'status' in data.object
        ? [data.object.status]
        : [],
    )
    expect(states).toContain('past_due')
    expect(states[0]).toBe('active')
  })

  it('in a trial is paid for at its first renewal', async () => {
    const open = await openEmulator()
    const id = await subscribe(open, {
      subscription_data: { trial_period_days: 7, metadata: { plan: 'starter' } },
    })
    expect((await open.stripe.charges.list()).data).toEqual([])
    await renew(open, id)
    expect((await open.stripe.charges.list()).data).toMatchObject([{ amount: 1900 }])
  })

  it('that does not exist, and an unknown card, are refused', async () => {
    const open = await openEmulator()
    expect(await renew(open, 'sub_none')).toMatchObject({ status: 404 })
    expect(await renew(open, 'sub_none', 'pm_none')).toMatchObject({ status: 400 })
  })
})
