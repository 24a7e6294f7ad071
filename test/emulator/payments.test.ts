import type Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import type { Arrived } from '../support/fake-service.ts'
import { openEmulator, refusal } from '../support/open-emulator.ts'

const order = { amount: 2000, currency: 'usd', confirm: true } as const
const visa = { ...order, payment_method: 'pm_card_visa' }
const declining = { ...order, payment_method: 'pm_card_chargeDeclined' }

function chargeOf(intent: Stripe.PaymentIntent): string {
  return String(intent.latest_charge)
}

function errorOf(told: Arrived | undefined) {
  if (!told) throw new Error('no failed payment was told')
  return (told.event.data.object as Stripe.PaymentIntent).last_payment_error
}

describe('a payment', () => {
  it('that succeeds makes one charge and three events', async () => {
    const { stripe, arrive, service } = await openEmulator()
    const intent = await stripe.paymentIntents.create({ ...visa, metadata: { order: '7' } })
    expect(intent).toMatchObject({
      status: 'succeeded',
      amount_received: 2000,
      livemode: false,
      last_payment_error: null,
      metadata: { order: '7' },
    })
    expect(intent.id).toMatch(/^pi_3\w{23}$/)
    expect(await stripe.charges.retrieve(chargeOf(intent))).toMatchObject({
      paid: true,
      captured: true,
      refunded: false,
      amount_refunded: 0,
      payment_intent: intent.id,
      status: 'succeeded',
    })
    await arrive('payment_intent.created', 'charge.succeeded', 'payment_intent.succeeded')
    expect(service.arrived).toHaveLength(3)
  })

  it('that is declined answers 402, keeps the failed charge, and can be tried again', async () => {
    const { stripe, arrive, service, ask } = await openEmulator()
    const error = await refusal(stripe.paymentIntents.create(declining))
    expect(error).toMatchObject({
      statusCode: 402,
      type: 'StripeCardError',
      code: 'card_declined',
      decline_code: 'generic_decline',
    })
    const [charge] = (await stripe.charges.list()).data
    expect(charge).toMatchObject({ status: 'failed', paid: false, captured: false })
    await arrive('payment_intent.created', 'charge.failed', 'payment_intent.payment_failed')
    const told = service.arrived.find(({ event }) => event.type.endsWith('payment_failed'))
    expect(told?.event.data.object).toMatchObject({
      status: 'requires_payment_method',
      latest_charge: charge?.id,
      last_payment_error: { type: 'card_error', code: 'card_declined', charge: charge?.id },
    })
    const id = String(charge?.payment_intent)
    const retried = await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' })
    expect(retried).toMatchObject({ id, status: 'succeeded', last_payment_error: null })
    expect((await stripe.charges.list({ payment_intent: id })).data).toHaveLength(2)
    expect((await ask('/emulator/truth')).body).toMatchObject({
      payments: {
        success: { count: 1, ids: [id] },
        failed: { count: 1, ids: [charge?.id] },
        refunded: { count: 0 },
      },
    })
  })

  it('knows Stripe’s other test cards', async () => {
    const { stripe } = await openEmulator()
    const codes = [
      ['pm_card_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
      ['pm_card_chargeDeclinedExpiredCard', 'expired_card', undefined],
      ['pm_card_chargeDeclinedProcessingError', 'processing_error', undefined],
    ] as const
    for (const [payment_method, code, decline_code] of codes) {
      const error = await refusal(stripe.paymentIntents.create({ ...order, payment_method }))
      expect(error).toMatchObject({ code, ...(decline_code && { decline_code }) })
    }
    const unknown = stripe.paymentIntents.create({ ...order, payment_method: 'pm_card_nonsense' })
    expect(await refusal(unknown)).toMatchObject({ code: 'resource_missing' })
    expect((await stripe.paymentIntents.list()).data).toHaveLength(codes.length)
  })

  it('that fails 3-D Secure has an error and no charge of its own', async () => {
    const { stripe, arrive, service, ask } = await openEmulator()
    const intent = await stripe.paymentIntents.create({
      ...order,
      payment_method: 'pm_card_authenticationRequired',
    })
    expect(intent).toMatchObject({ status: 'requires_action', latest_charge: null })
    const path = `/emulator/payment_intents/${intent.id}/authentication`
    expect(await ask(path, { accepted: false })).toMatchObject({ status: 200 })
    expect(await ask(path, { accepted: true })).toMatchObject({ status: 404 })
    await arrive('payment_intent.requires_action', 'payment_intent.payment_failed')
    const told = service.arrived.find(({ event }) => event.type.endsWith('payment_failed'))
    expect(errorOf(told)).toMatchObject({ code: 'payment_intent_authentication_failure' })
    expect(errorOf(told)).not.toHaveProperty('charge')
    expect((await stripe.charges.list()).data).toEqual([])
    expect((await ask('/emulator/truth')).body).toMatchObject({
      payments: { failed: { count: 1, ids: [told?.event.id] } },
    })
    await stripe.paymentIntents.confirm(intent.id, {
      payment_method: 'pm_card_authenticationRequired',
    })
    expect(await ask(path, { accepted: true })).toMatchObject({ body: { status: 'succeeded' } })
  })

  it('can be authorised first and captured later, or cancelled', async () => {
    const { stripe, arrive, ask } = await openEmulator()
    const held = { ...visa, capture_method: 'manual' } as const
    const intent = await stripe.paymentIntents.create(held)
    expect(intent).toMatchObject({ status: 'requires_capture', amount_capturable: 2000 })
    const refund = stripe.refunds.create({ charge: chargeOf(intent) })
    expect((await refusal(refund)).message).toContain('was not captured')
    const tooMuch = stripe.paymentIntents.capture(intent.id, { amount_to_capture: 9999 })
    expect(await refusal(tooMuch)).toMatchObject({ code: 'amount_too_large' })
    expect((await ask('/emulator/truth')).body).toMatchObject({
      payments: { success: { count: 0 } },
    })
    const captured = await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 1500 })
    expect(captured).toMatchObject({ status: 'succeeded', amount_received: 1500 })
    await arrive('payment_intent.amount_capturable_updated', 'charge.captured')
    await arrive('payment_intent.succeeded')
    const other = await stripe.paymentIntents.create(held)
    const cancelled = await stripe.paymentIntents.cancel(other.id)
    expect(cancelled).toMatchObject({ status: 'canceled' })
    for (const call of ['cancel', 'capture', 'confirm'] as const)
      expect(await refusal(stripe.paymentIntents[call](other.id))).toMatchObject({
        code: 'payment_intent_unexpected_state',
      })
  })

  it('can wait for its payment method, and belongs to its customer', async () => {
    const { stripe } = await openEmulator()
    const { id: customer } = await stripe.customers.create({ email: 'a@example.com' })
    const bare = await stripe.paymentIntents.create({ amount: 100, currency: 'EUR', customer })
    expect(bare).toMatchObject({ status: 'requires_payment_method', currency: 'eur' })
    expect((await refusal(stripe.paymentIntents.confirm(bare.id))).message).toContain('missing')
    const method = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } })
    expect(await stripe.paymentMethods.retrieve(method.id)).toMatchObject({ type: 'card' })
    const ready = await stripe.paymentIntents.create({
      amount: 100,
      currency: 'eur',
      customer,
      payment_method: method.id,
    })
    expect(ready.status).toBe('requires_confirmation')
    expect((await stripe.paymentIntents.confirm(ready.id)).status).toBe('succeeded')
    const mine = await stripe.paymentIntents.list({ customer })
    expect(mine.data.map(({ id }) => id)).toEqual([ready.id, bare.id])
    expect((await stripe.charges.list({ customer })).data).toHaveLength(1)
  })

  it('by bank debit is processing first; a returned debit names its charge only as the latest', async () => {
    const { stripe, clock, arrive, service } = await openEmulator()
    const start = Date.now()
    clock.nowMs = start
    const pay = async (iban: string) => {
      const { id } = await stripe.paymentMethods.create({
        type: 'sepa_debit',
        sepa_debit: { iban },
      })
      return stripe.paymentIntents.create({ ...order, payment_method: id })
    }
    const good = await pay('AT611904300234573201')
    const bad = await pay('AT861904300235473202')
    expect([good.status, bad.status]).toEqual(['processing', 'processing'])
    clock.nowMs = start + 3_000
    expect(await stripe.paymentIntents.retrieve(good.id)).toMatchObject({ status: 'succeeded' })
    expect(await stripe.paymentIntents.retrieve(bad.id)).toMatchObject({
      status: 'requires_payment_method',
      latest_charge: bad.latest_charge,
    })
    await arrive('charge.pending', 'payment_intent.processing', 'charge.succeeded', 'charge.failed')
    const told = service.arrived.find(({ event }) => event.type.endsWith('payment_failed'))
    expect(errorOf(told)).toMatchObject({ code: 'payment_method_provider_decline' })
    expect(errorOf(told)).not.toHaveProperty('charge')
  })

  it('is refused when the request makes no sense', async () => {
    const { stripe } = await openEmulator()
    const bad = async (params: object) =>
      refusal(stripe.paymentIntents.create(params as Stripe.PaymentIntentCreateParams))
    expect(await bad({ currency: 'usd' })).toMatchObject({ code: 'parameter_missing' })
    expect(await bad({ amount: 0, currency: 'usd' })).toMatchObject({ param: 'amount' })
    expect(await bad({ amount: 'ten', currency: 'usd' })).toMatchObject({
      code: 'parameter_invalid_integer',
    })
    expect(await bad({ ...visa, confirm: 'maybe' })).toMatchObject({ param: 'confirm' })
    expect(await bad({ ...visa, capture_method: 'never' })).toMatchObject({
      param: 'capture_method',
    })
    expect(await bad({ ...visa, metadata: 'text' })).toMatchObject({ param: 'metadata' })
    expect(await bad({ ...visa, amount: { a: 1 } })).toMatchObject({ param: 'amount' })
    expect(await refusal(stripe.paymentIntents.retrieve('pi_none'))).toMatchObject({
      statusCode: 404,
    })
    expect(await refusal(stripe.charges.retrieve('ch_none'))).toMatchObject({ statusCode: 404 })
    expect(await refusal(stripe.paymentMethods.retrieve('pm_none'))).toMatchObject({
      statusCode: 404,
    })
  })
})

describe('a refund', () => {
  it('may be partial, again and again, but never more than was paid', async () => {
    const { stripe, arrive, service } = await openEmulator()
    const intent = await stripe.paymentIntents.create(visa)
    const first = await stripe.refunds.create({ payment_intent: intent.id, amount: 500 })
    expect(first).toMatchObject({ status: 'succeeded', amount: 500, payment_intent: intent.id })
    const over = await refusal(stripe.refunds.create({ charge: chargeOf(intent), amount: 1501 }))
    expect(over.message).toBe(
      'Refund amount ($15.01) is greater than unrefunded amount on charge ($15.00)',
    )
    const none = stripe.refunds.create({ charge: chargeOf(intent), amount: 0 })
    expect(await refusal(none)).toMatchObject({ param: 'amount' })
    const second = await stripe.refunds.create({ charge: chargeOf(intent) })
    expect(second.amount).toBe(1500)
    expect(await refusal(stripe.refunds.create({ payment_intent: intent.id }))).toMatchObject({
      statusCode: 400,
      code: 'charge_already_refunded',
    })
    await arrive('refund.created', 'charge.refunded', 'refund.created', 'charge.refunded')
    const totals = service.arrived
      .filter(({ event }) => event.type === 'charge.refunded')
      .map(({ event }) => (event.data.object as Stripe.Charge).amount_refunded)
    expect(totals.sort()).toEqual([2000, 500])
    expect((await stripe.refunds.list({ charge: chargeOf(intent) })).data).toHaveLength(2)
    expect((await stripe.refunds.list({ payment_intent: intent.id })).data).toHaveLength(2)
    expect((await stripe.refunds.list()).data[0]).toMatchObject({ id: second.id })
    expect(await stripe.refunds.retrieve(first.id)).toMatchObject({ amount: 500 })
    expect(await stripe.charges.retrieve(chargeOf(intent))).toMatchObject({ refunded: true })
  })

  it('can be pending first and succeed later', async () => {
    const { stripe, clock, ask, arrive } = await openEmulator()
    const start = Date.now()
    clock.nowMs = start
    const payment_method = 'pm_card_pendingRefund'
    const intent = await stripe.paymentIntents.create({ ...order, payment_method })
    const refund = await stripe.refunds.create({ payment_intent: intent.id })
    expect(refund.status).toBe('pending')
    expect((await ask('/emulator/truth')).body).toMatchObject({
      payments: { refunded: { count: 0 } },
    })
    clock.nowMs = start + 3_000
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({ status: 'succeeded' })
    await arrive('refund.created', 'refund.updated', 'charge.refund.updated')
    expect((await ask('/emulator/truth')).body).toMatchObject({
      payments: { refunded: { count: 1, ids: [refund.id] } },
    })
  })

  it('can fail after it succeeded, and the truth keeps both', async () => {
    const { stripe, clock, ask, arrive } = await openEmulator()
    const start = Date.now()
    clock.nowMs = start
    const payment_method = 'pm_card_refundFail'
    const intent = await stripe.paymentIntents.create({ ...order, payment_method })
    const refund = await stripe.refunds.create({ payment_intent: intent.id })
    expect(refund.status).toBe('succeeded')
    clock.nowMs = start + 3_000
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({ status: 'failed' })
    await arrive('refund.failed', 'refund.updated')
    expect(await stripe.charges.retrieve(chargeOf(intent))).toMatchObject({ amount_refunded: 0 })
    expect((await ask('/emulator/truth')).body).toMatchObject({
      payments: { refunded: { ids: [refund.id] } },
      refunds_failed_later: { count: 1, ids: [refund.id] },
    })
    expect(await ask(`/emulator/refunds/${refund.id}/fail`, {})).toMatchObject({ status: 404 })
  })

  it('needs a payment that succeeded', async () => {
    const { stripe } = await openEmulator()
    const bad = (params: Stripe.RefundCreateParams) => refusal(stripe.refunds.create(params))
    const intent = await stripe.paymentIntents.create({ amount: 5, currency: 'usd' })
    expect((await bad({ payment_intent: intent.id })).message).toContain('successful charge')
    expect(await bad({ payment_intent: 'pi_none' })).toMatchObject({ code: 'resource_missing' })
    expect(await bad({ charge: 'ch_none' })).toMatchObject({ param: 'charge' })
    expect((await bad({})).message).toContain('payment_intent or charge')
    expect(await refusal(stripe.refunds.retrieve('re_none'))).toMatchObject({ statusCode: 404 })
  })
})
