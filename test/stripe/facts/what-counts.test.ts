import { expect, test } from 'vitest'
import { startWithFakeStripe } from '../../support/start-with-fake-stripe.ts'
import { chargeOf, eventOf, intentOf, newId, refundOf } from '../../support/stripe-objects.ts'

// The lines of docs/counting.md about payments that count.

const nothing = { success: 0, failed: 0, refunded: 0 }
const unpaid = { amount_received: 0, status: 'requires_payment_method' }

test('payment_intent.succeeded and the list of charges report one success', async () => {
  const shop = await startWithFakeStripe()
  const told = intentOf()
  const listed = intentOf()
  expect(await shop.send(eventOf('payment_intent.succeeded', told))).toBe('recorded')
  shop.stripe.add(told, listed, chargeOf(told), chargeOf(listed))
  await shop.app.syncJobs.runReconcile()
  expect(await shop.send(eventOf('payment_intent.succeeded', listed))).toBe('duplicate')
  expect(await shop.allPayments()).toEqual({ ...nothing, success: 2 })
  const { data } = await shop.call('GET', '/v1/facts?label=success')
  expect(data).toEqual(
    expect.arrayContaining(
      [told, listed].map(({ id }) => expect.objectContaining({ key: `payment:success:${id}` })),
    ),
  )
})

test('each payment_intent.payment_failed is one failure, which the list of charges reports again', async () => {
  const shop = await startWithFakeStripe()
  const declined = intentOf(unpaid)
  const charge = chargeOf(declined, { status: 'failed', paid: false, captured: false })
  const error = { code: 'card_declined', charge: charge.id }
  await shop.send(
    eventOf('payment_intent.payment_failed', { ...declined, last_payment_error: error }),
  )
  const redirect = eventOf('payment_intent.payment_failed', {
    ...declined,
    last_payment_error: { code: 'payment_method_customer_decline' },
  })
  await shop.send(redirect)
  shop.stripe.add(declined, charge)
  await shop.app.syncJobs.runReconcile()
  expect(await shop.allPayments()).toEqual({ ...nothing, failed: 2 })
  const { data } = await shop.call('GET', '/v1/facts?label=failed')
  expect(data).toEqual(
    expect.arrayContaining(
      [charge, redirect].map(({ id }) => expect.objectContaining({ key: `payment:failed:${id}` })),
    ),
  )
})

test.each(['refund.created', 'refund.updated', 'charge.refund.updated', 'charge.refunded', 'list'])(
  'a refund of captured money counts once by its id, reported by %s first',
  async (first) => {
    const shop = await startWithFakeStripe()
    const intent = intentOf()
    const charge = chargeOf(intent)
    const refund = refundOf(charge)
    shop.stripe.add(intent, charge, refund)
    const report = async (by: string): Promise<void> => {
      if (by === 'list') await shop.app.syncJobs.runReconcile()
      else await shop.send(eventOf(by, by === 'charge.refunded' ? charge : refund))
    }
    await report(first)
    expect(await shop.payments('refunded')).toBe(1)
    for (const other of ['refund.updated', 'charge.refunded', 'list']) await report(other)
    expect(await shop.payments('refunded')).toBe(1)
    const { data } = await shop.call('GET', '/v1/facts?label=refunded')
    expect(data).toMatchObject([{ key: `payment:refunded:${refund.id}` }])
  },
)

test('invoice.payment_failed and checkout.session.async_payment_failed report an attempt that counts once', async () => {
  const shop = await startWithFakeStripe()
  const intent = intentOf(unpaid)
  await shop.send(eventOf('payment_intent.payment_failed', intent))
  await shop.send(
    eventOf('invoice.payment_failed', {
      ...intent,
      id: newId('in'),
      object: 'invoice',
      payment_intent: intent.id,
    }),
  )
  const session = { id: newId('cs_test'), object: 'checkout.session', payment_intent: intent.id }
  await shop.send(eventOf('checkout.session.async_payment_failed', session))
  expect(await shop.allPayments()).toEqual({ ...nothing, failed: 1 })
})
