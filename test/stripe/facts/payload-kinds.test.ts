import { expect, test } from 'vitest'
import type { StripeObject } from '../../support/fake-stripe-api.ts'
import { startWithFakeStripe } from '../../support/start-with-fake-stripe.ts'
import { chargeOf, eventOf, intentOf, newId, refundOf } from '../../support/stripe-objects.ts'

// Every kind of payload in ../shared/corpus that counts nothing, by webhook, sweep and list.

const nothing = { success: 0, failed: 0, refunded: 0 }
const processing = { amount_received: 0, status: 'processing' }
const unpaid = { amount_received: 0, status: 'requires_payment_method' }

const invoice = { object: 'invoice', id: newId('in'), amount_paid: 0, paid_out_of_band: true }
/** What events are about that prove no fact. Most would be one if their type were another. */
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
  expect(await shop.allPayments()).toEqual(nothing)
})

test('events of the other mode and of connected accounts count nothing', async () => {
  const shop = await startWithFakeStripe()
  for (const changes of [{ livemode: true }, { account: 'acct_2connected' }]) {
    const success = eventOf('payment_intent.succeeded', intentOf(), changes)
    const refund = eventOf('refund.created', refundOf(chargeOf(intentOf())), changes)
    expect(await shop.send(success)).toBe('not_counted')
    expect(await shop.send(refund)).toBe('not_counted')
  }
  expect(await shop.allPayments()).toEqual(nothing)
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
  expect(await shop.allPayments()).toEqual(nothing)
  shop.stripe.add(...listedCharge({}), ...listedCharge(unpaid, { status: 'failed' }))
  await shop.app.syncJobs.runReconcile()
  expect(await shop.allPayments()).toEqual({ ...nothing, success: 1, failed: 1 })
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
