import { expect, test } from 'vitest'
import type { StripeObject } from '../../support/fake-stripe-api.ts'
import {
  type AppWithFakeStripe,
  startWithFakeStripe,
} from '../../support/start-with-fake-stripe.ts'
import { chargeOf, eventOf, intentOf, newId, refundOf } from '../../support/stripe-objects.ts'

// The lines of docs/counting.md about payments, and every kind of payload in ../shared/corpus.

async function totalsOf({ payments }: AppWithFakeStripe) {
  return {
    success: await payments('success'),
    failed: await payments('failed'),
    refunded: await payments('refunded'),
  }
}

const nothing = { success: 0, failed: 0, refunded: 0 }
const processing = { amount_received: 0, status: 'processing' }
const unpaid = { amount_received: 0, status: 'requires_payment_method' }

test('payment_intent.succeeded and the list of charges report one success', async () => {
  const shop = await startWithFakeStripe()
  const told = intentOf()
  const listed = intentOf()
  expect(await shop.send(eventOf('payment_intent.succeeded', told))).toBe('recorded')
  shop.stripe.add(told, listed, chargeOf(told), chargeOf(listed))
  await shop.app.syncJobs.runReconcile()
  expect(await shop.send(eventOf('payment_intent.succeeded', listed))).toBe('duplicate')
  expect(await totalsOf(shop)).toEqual({ ...nothing, success: 2 })
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
  expect(await totalsOf(shop)).toEqual({ ...nothing, failed: 2 })
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

/** What events are about that prove no fact. Each would be one if its type were another. */
const invoice = { object: 'invoice', id: newId('in'), amount_paid: 0, paid_out_of_band: true }
const silent: readonly (readonly [object: object, types: readonly string[]])[] = [
  [
    chargeOf(intentOf()),
    ['captured', 'failed', 'pending', 'succeeded', 'updated'].map((end) => `charge.${end}`),
  ],
  [
    { ...chargeOf(intentOf()), object: 'dispute' },
    ['created', 'updated', 'closed', 'funds_withdrawn', 'funds_reinstated'].map(
      (end) => `charge.dispute.${end}`,
    ),
  ],
  [
    invoice,
    [
      ...['created', 'deleted', 'finalized', 'paid', 'payment_failed', 'payment_succeeded'],
      ...['sent', 'upcoming', 'updated'],
    ].map((end) => `invoice.${end}`),
  ],
  [
    intentOf(),
    ['created', 'requires_action', 'processing', 'amount_capturable_updated', 'partially_funded']
      .concat('canceled')
      .map((end) => `payment_intent.${end}`),
  ],
  [
    { ...intentOf(), object: 'setup_intent' },
    ['created', 'succeeded', 'updated'].map((end) => `setup_intent.${end}`),
  ],
  [refundOf(chargeOf(intentOf())), ['refund.failed']],
  [
    { id: newId('obj'), object: 'payout', status: 'paid', amount: 5000, currency: 'usd' },
    [
      ...['account.updated', 'account.external_account.created', 'invoice_payment.paid'],
      ...['customer.subscription.created', 'customer.subscription.deleted', 'payout.created'],
      ...['customer.subscription.updated', 'entitlements.active_entitlement_summary.updated'],
      ...['payout.failed', 'payout.paid', 'payout.updated', 'radar.early_fraud_warning.created'],
      ...['review.opened', 'source.chargeable', 'transfer.created'],
      'checkout.session.async_payment_failed',
    ],
  ],
]

test('events about charges, disputes, invoices, setup mode and payments on their way count nothing', async () => {
  const shop = await startWithFakeStripe()
  for (const [object, types] of silent)
    for (const type of types) {
      const event = eventOf(type, object)
      shop.stripe.add(event)
      expect([type, await shop.send(event)]).toEqual([type, 'not_counted'])
    }
  await shop.app.syncJobs.runSweep()
  expect(await totalsOf(shop)).toEqual(nothing)
})

test('events of the other mode and of connected accounts count nothing', async () => {
  const shop = await startWithFakeStripe()
  for (const changes of [{ livemode: true }, { account: 'acct_2connected' }]) {
    const success = eventOf('payment_intent.succeeded', intentOf(), changes)
    const refund = eventOf('refund.created', refundOf(chargeOf(intentOf())), changes)
    expect(await shop.send(success)).toBe('not_counted')
    expect(await shop.send(refund)).toBe('not_counted')
  }
  expect(await totalsOf(shop)).toEqual(nothing)
})

test('invoice.payment_failed and checkout.session.async_payment_failed report an attempt that counts once', async () => {
  const shop = await startWithFakeStripe()
  const intent = intentOf(unpaid)
  await shop.send(eventOf('payment_intent.payment_failed', intent))
  await shop.send(eventOf('invoice.payment_failed', { ...invoice, payment_intent: intent.id }))
  const session = { id: newId('cs_test'), object: 'checkout.session', payment_intent: intent.id }
  await shop.send(eventOf('checkout.session.async_payment_failed', session))
  expect(await totalsOf(shop)).toEqual({ ...nothing, failed: 1 })
})

/** A charge as the list shows it, with its PaymentIntent unless that is null. */
function listedCharge(intent: object | null, changes: object = {}): readonly StripeObject[] {
  const of = intentOf(intent ?? {})
  const charge = chargeOf(of, { captured: true, ...changes })
  return intent === null ? [{ ...charge, payment_intent: null }] : [of, charge]
}

test('the list of charges shows what was captured, and what failed with a PaymentIntent', async () => {
  const shop = await startWithFakeStripe()
  const held = { captured: false }
  const silentCharges = [
    listedCharge(null),
    listedCharge(null, { status: 'failed' }),
    listedCharge({ ...unpaid, status: 'requires_capture' }, held),
    listedCharge({ ...unpaid, status: 'canceled' }, { ...held, refunded: true }),
    listedCharge(processing, { status: 'pending' }),
    listedCharge(processing),
  ]
  shop.stripe.add(...silentCharges.flat())
  await shop.app.syncJobs.runReconcile()
  expect(await totalsOf(shop)).toEqual(nothing)
  shop.stripe.add(...listedCharge({}), ...listedCharge(unpaid, { status: 'failed' }))
  await shop.app.syncJobs.runReconcile()
  expect(await totalsOf(shop)).toEqual({ ...nothing, success: 1, failed: 1 })
  expect((await shop.call('GET', '/v1/dead-letters')).data).toEqual([])
})

const released = { captured: false, amount_captured: 0, amount_refunded: 5000 }

test('refunds that did not succeed, release an authorization or have no PaymentIntent are not counted', async () => {
  const shop = await startWithFakeStripe()
  // Old API versions render a status of null or none.
  const statuses = ['pending', 'requires_action', 'failed', 'canceled', null, undefined]
  const rows: readonly (readonly [charge: object, refund: object])[] = [
    ...statuses.map((status) => [{}, { status }] as const),
    [released, {}],
    [released, { reason: 'expired_uncaptured_charge' }],
    [{ payment_intent: null }, {}],
  ]
  for (const [charged, changes] of rows) {
    const intent = intentOf()
    const charge = chargeOf(intent, charged)
    const refund = refundOf(charge, changes)
    shop.stripe.add(intent, charge, refund)
    for (const type of ['refund.created', 'refund.updated', 'charge.refund.updated'])
      expect([changes, await shop.send(eventOf(type, refund))]).toEqual([changes, 'not_counted'])
    await shop.send(eventOf('charge.refunded', charge))
  }
  await shop.app.syncJobs.runReconcile()
  expect(await shop.payments('refunded')).toBe(0)
  expect((await shop.call('GET', '/v1/dead-letters')).data).toEqual([])
})
