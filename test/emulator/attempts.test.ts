import { describe, expect, it } from 'vitest'
import { openEmulator, refusal } from '../support/open-emulator.ts'

const order = { amount: 2000, currency: 'usd', confirm: true } as const

describe('a redirect', () => {
  it.each([
    [undefined, 'payment_method_customer_decline'],
    ['payment_method_provider_timeout', 'payment_method_provider_timeout'],
    ['payment_intent_payment_attempt_expired', 'payment_intent_payment_attempt_expired'],
  ])(
    'that fails (%s) makes no charge; the latest stays that of an earlier attempt',
    async (code, said) => {
      const { stripe, ask, arrive, service } = await openEmulator()
      const declined = await refusal(
        stripe.paymentIntents.create({ ...order, payment_method: 'pm_card_chargeDeclined' }),
      )
      const [charge] = (await stripe.charges.list()).data
      const id = String(charge?.payment_intent)
      expect(declined).toMatchObject({ code: 'card_declined' })
      const waiting = await stripe.paymentIntents.confirm(id, { payment_method: 'pm_ideal' })
      expect(waiting).toMatchObject({
        status: 'requires_action',
        next_action: { type: 'redirect_to_url' },
      })
      await ask(`/emulator/payment_intents/${id}/authentication`, {
        accepted: false,
        ...(code && { code }),
      })
      expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({
        status: 'requires_payment_method',
        latest_charge: charge?.id,
        last_payment_error: { code: said },
      })
      await arrive('payment_intent.payment_failed', 'payment_intent.payment_failed')
      const told = service.arrived.filter(({ event }) => event.type.endsWith('payment_failed'))
      expect(JSON.stringify(told.at(-1)?.event.data.object)).not.toContain('"charge":')
      expect((await stripe.charges.list()).data).toHaveLength(1)
      expect((await ask('/emulator/truth')).body).toMatchObject({
        payments: { failed: { count: 2, ids: [charge?.id, told.at(-1)?.event.id].toSorted() } },
      })
    },
  )

  it('that is accepted pays', async () => {
    const { stripe, ask } = await openEmulator()
    const { id } = await stripe.paymentIntents.create({ ...order, payment_method: 'pm_ideal' })
    await ask(`/emulator/payment_intents/${id}/authentication`, { accepted: true })
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({ status: 'succeeded' })
  })
})

describe('a bank debit', () => {
  it('has a charge called py_, pending and captured at first, which its failure does not name as its own', async () => {
    const { stripe, clock, arrive, service } = await openEmulator()
    clock.nowMs = Date.now()
    const intent = await stripe.paymentIntents.create({
      ...order,
      payment_method: 'pm_sepaDebitFails',
    })
    const charge = await stripe.charges.retrieve(String(intent.latest_charge))
    expect(charge).toMatchObject({
      id: expect.stringMatching(/^py_3/),
      status: 'pending',
      captured: true,
      amount_captured: 2000,
      paid: false,
      balance_transaction: null,
      payment_method_details: { type: 'sepa_debit' },
    })
    clock.nowMs += 10_000
    await stripe.paymentIntents.retrieve(intent.id)
    await arrive('charge.failed', 'payment_intent.payment_failed')
    const told = service.arrived.find(({ event }) => event.type.endsWith('payment_failed'))
    expect(told?.event.data.object).toMatchObject({ latest_charge: charge.id })
    expect(JSON.stringify(told?.event.data.object)).not.toContain('"charge":')
  })
})

describe('what a payment moves', () => {
  it('is visible in balance transactions of charges and refunds, and in a charge within a list of refunds', async () => {
    const { stripe } = await openEmulator()
    const intent = await stripe.paymentIntents.create({ ...order, payment_method: 'pm_card_visa' })
    await stripe.refunds.create({ payment_intent: intent.id, amount: 500 })
    const charges = await stripe.charges.list({ expand: ['data.balance_transaction'] })
    expect(charges.data).toMatchObject([{ balance_transaction: { amount: 2000, type: 'charge' } }])
    const { data } = await stripe.refunds.list({
      charge: String(intent.latest_charge),
      expand: ['data.charge.balance_transaction', 'data.balance_transaction'],
    })
    expect(data).toMatchObject([
      {
        balance_transaction: { amount: -500, type: 'refund' },
        charge: { balance_transaction: { amount: 2000 } },
      },
    ])
    const [charge] = (await stripe.charges.list()).data
    expect(
      await stripe.balanceTransactions.retrieve(String(charge?.balance_transaction)),
    ).toMatchObject({ source: charge?.id, net: 2000 })
  })
})

describe('an account over its rate limit', () => {
  it('gets a Retry-After', async () => {
    const { stripe, ask } = await openEmulator()
    await ask('/emulator/faults', { apiRateLimit: 1, apiRetryAfterSeconds: 3 })
    expect(await refusal(stripe.charges.list())).toMatchObject({
      statusCode: 429,
      headers: { 'retry-after': '3' },
    })
  })
})
