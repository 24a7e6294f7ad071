import { expect, test } from 'vitest'
import { engines } from '../../support/open-test-ledger.ts'
import { startWithFakeStripe } from '../../support/start-with-fake-stripe.ts'
import { chargeOf, eventOf, intentOf, newId } from '../../support/stripe-objects.ts'

const unpaid = { amount_received: 0, status: 'requires_payment_method' }

/** The same event as accounts of API 2020-08-27 list it: `charges` and no `latest_charge`. */
function asOldVersion(event: ReturnType<typeof eventOf>, charge: object) {
  const { latest_charge: _, ...intent } = Object(event.data).object
  const charges = { object: 'list', data: [charge], has_more: false }
  return { ...event, api_version: '2020-08-27', data: { object: { ...intent, charges } } }
}

// estuary/connectors#4795, airbytehq/airbyte#77625
test.each(engines)(
  'one failed bank debit is one failure, by webhook, by an old version and by the list: %s',
  async (engine) => {
    const shop = await startWithFakeStripe(engine)
    const error = { code: '', payment_method: { id: newId('pm'), type: 'sepa_debit' } }
    const intent = intentOf({ ...unpaid, latest_charge: newId('py'), last_payment_error: error })
    const charge = chargeOf(intent, { status: 'failed', paid: false })
    const delivered = eventOf('payment_intent.payment_failed', intent)
    expect(await shop.send(delivered)).toBe('recorded')
    shop.stripe.add(asOldVersion(delivered, charge), charge, intent)
    await shop.app.syncJobs.runSweep()
    await shop.app.syncJobs.runReconcile()
    expect(await shop.payments('failed')).toBe(1)
  },
)

test('an event of an old version alone is identified by its newest charge, as the list identifies it', async () => {
  const shop = await startWithFakeStripe()
  const intent = intentOf({ ...unpaid, last_payment_error: { code: '' } })
  const charge = chargeOf(intent, { status: 'failed', paid: false })
  shop.stripe.add(
    asOldVersion(eventOf('payment_intent.payment_failed', intent), charge),
    charge,
    intent,
  )
  await shop.app.syncJobs.runSweep()
  await shop.app.syncJobs.runReconcile()
  const { data } = await shop.call('GET', '/v1/facts?label=failed')
  expect(data).toMatchObject([{ key: `payment:failed:${charge.id}`, source: 'sweep' }])
})

const withoutCharge = [
  'payment_method_customer_decline',
  'payment_method_provider_decline',
  'payment_intent_payment_attempt_expired',
  'payment_method_provider_timeout',
  'payment_intent_authentication_failure',
  'authentication_failure',
]

// woocommerce/woocommerce-gateway-stripe#5197
test.each(engines)(
  'attempts without a charge count each, beside the declined card before them: %s',
  async (engine) => {
    const shop = await startWithFakeStripe(engine)
    const intent = intentOf(unpaid)
    const failed = (error: object, changes = {}) =>
      eventOf(
        'payment_intent.payment_failed',
        { ...intent, last_payment_error: error },
        { request: { id: null, idempotency_key: null }, ...changes },
      )
    const declined = failed({ code: 'card_declined', charge: intent.latest_charge })
    const others = withoutCharge.map((code) =>
      failed({ code, payment_method: { id: newId('pm'), type: 'klarna' } }),
    )
    for (const event of [others[0], declined, ...others, declined, ...others])
      if (event !== undefined) await shop.send(event)
    shop.stripe.add(intent, chargeOf(intent, { status: 'failed', paid: false }))
    await shop.app.syncJobs.runReconcile()
    expect(await shop.payments('failed')).toBe(1 + withoutCharge.length)
  },
)

test('two events that Stripe generated for one attempt are one failure', async () => {
  const shop = await startWithFakeStripe()
  const intent = intentOf({ ...unpaid, latest_charge: null, last_payment_error: { code: 'x' } })
  const first = eventOf('payment_intent.payment_failed', intent)
  expect(await shop.send(first)).toBe('recorded')
  expect(await shop.send({ ...first, id: newId('evt') })).toBe('duplicate')
  expect(await shop.payments('failed')).toBe(1)
})
