import { DatabaseSync } from 'node:sqlite'
import type Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { type OpenEmulator, openEmulator } from '../support/open-emulator.ts'

const hold = {
  amount: 5000,
  currency: 'usd',
  confirm: true,
  payment_method: 'pm_card_visa',
  capture_method: 'manual',
} as const
const aDay = 86_400_000
const old = '2023-10-16'

function chargeOf({ stripe }: OpenEmulator, intent: Stripe.PaymentIntent) {
  return stripe.charges.retrieve(String(intent.latest_charge), { expand: ['balance_transaction'] })
}

async function refundsOf({ stripe }: OpenEmulator, intent: Stripe.PaymentIntent) {
  const expand = ['data.charge', 'data.balance_transaction']
  return (await stripe.refunds.list({ payment_intent: intent.id, expand })).data
}

async function totals({ ask }: OpenEmulator) {
  return (await ask('/emulator/truth?ids=false')).body
}

function payments(success: number, refunded: number) {
  return { payments: { success: { count: success }, refunded: { count: refunded } } }
}

describe('a hold, since 2025-03-31.basil', () => {
  it('that is cancelled moves no money and makes no refund', async () => {
    const open = await openEmulator()
    const intent = await open.stripe.paymentIntents.create(hold)
    expect(await chargeOf(open, intent)).toMatchObject({
      captured: false,
      balance_transaction: null,
    })
    await open.stripe.paymentIntents.cancel(intent.id)
    expect(await refundsOf(open, intent)).toEqual([])
    await open.arrive('payment_intent.canceled')
    expect(await totals(open)).toMatchObject(payments(0, 0))
  })

  it('that is captured in part receives that part, and refunds no more than it', async () => {
    const open = await openEmulator()
    const { stripe } = open
    const intent = await stripe.paymentIntents.create(hold)
    const captured = await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 3000 })
    expect(captured).toMatchObject({ amount: 5000, amount_received: 3000, status: 'succeeded' })
    expect(await chargeOf(open, intent)).toMatchObject({
      amount: 5000,
      amount_captured: 3000,
      amount_refunded: 0,
      balance_transaction: { amount: 3000, type: 'charge' },
    })
    expect(await refundsOf(open, intent)).toEqual([])
    expect(await stripe.refunds.create({ payment_intent: intent.id })).toMatchObject({
      amount: 3000,
    })
    expect(await chargeOf(open, intent)).toMatchObject({ amount_refunded: 3000, refunded: true })
    expect(await totals(open)).toMatchObject(payments(1, 1))
  })
})

describe('a hold of an account on an older version', () => {
  async function openOld(): Promise<OpenEmulator> {
    const open = await openEmulator()
    await open.ask('/emulator/versions', { account: old })
    return open
  }

  it('that is cancelled is released by a Refund without a balance transaction', async () => {
    const open = await openOld()
    const intent = await open.stripe.paymentIntents.create(hold)
    await open.stripe.paymentIntents.cancel(intent.id)
    expect(await refundsOf(open, intent)).toMatchObject([
      {
        amount: 5000,
        status: 'succeeded',
        balance_transaction: null,
        reason: null,
        destination_details: { card: { type: 'reversal' } },
        charge: { captured: false, amount_refunded: 5000, refunded: true },
      },
    ])
    await open.arrive('charge.refunded', 'refund.created', 'payment_intent.canceled')
    expect(await totals(open)).toMatchObject(payments(0, 0))
  })

  it('that is never captured expires after seven days, and its Refund has that reason', async () => {
    const open = await openOld()
    open.clock.nowMs = Date.now()
    const intent = await open.stripe.paymentIntents.create(hold)
    open.clock.nowMs += 8 * aDay
    expect(await open.stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'canceled',
      cancellation_reason: 'automatic',
    })
    expect(await refundsOf(open, intent)).toMatchObject([{ reason: 'expired_uncaptured_charge' }])
    const other = await open.stripe.paymentIntents.create(hold)
    await open.ask(`/emulator/payment_intents/${other.id}/expire`, {})
    expect(await refundsOf(open, other)).toMatchObject([{ reason: 'expired_uncaptured_charge' }])
    expect(await totals(open)).toMatchObject(payments(0, 0))
  })

  it('that is captured in part books the whole and releases the rest as a Refund of its own', async () => {
    const open = await openOld()
    const { stripe } = open
    const intent = await stripe.paymentIntents.create(hold)
    await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 3000 })
    const charge = await chargeOf(open, intent)
    expect(charge).toMatchObject({
      amount_captured: 3000,
      amount_refunded: 2000,
      refunded: false,
      balance_transaction: { amount: 5000 },
    })
    expect(await refundsOf(open, intent)).toMatchObject([
      { amount: 2000, balance_transaction: { amount: -2000 } },
    ])
    expect(await stripe.refunds.create({ payment_intent: intent.id })).toMatchObject({
      amount: 3000,
    })
    expect(await chargeOf(open, intent)).toMatchObject({ amount_refunded: 5000, refunded: true })
    expect(await totals(open)).toMatchObject(payments(1, 1))
  })
})

describe('a file that an earlier version kept', () => {
  it('continues: its charges are refunded and its holds captured', async () => {
    const open = await openEmulator()
    const { capture_method: _, ...card } = hold
    const paid = await open.stripe.paymentIntents.create(card)
    const held = await open.stripe.paymentIntents.create(hold)
    await open.emulator.stop()
    const database = new DatabaseSync(open.file)
    database.exec(`
      update objects set body = json_remove(body, '$."$"') where kind = 'charge';
      update objects set body = json_remove(body, '$."$".invoice') where kind = 'payment_intent';
      delete from meta where key = 'notes'`)
    database.close()
    const { stripe } = await open.restart()
    expect(await stripe.refunds.create({ payment_intent: paid.id })).toMatchObject({ amount: 5000 })
    expect(await stripe.paymentIntents.capture(held.id)).toMatchObject({ status: 'succeeded' })
  })
})

describe('the versions', () => {
  it('are the newest at first, are stored in the file, and are refused when they are invalid', async () => {
    const open = await openEmulator()
    const newest = { account: '2026-10-28.endive', webhook: '2026-10-28.endive' }
    expect((await open.ask('/emulator/versions')).body).toEqual(newest)
    await open.ask('/emulator/versions', { account: old, webhook: '2022-08-01' })
    const again = await open.restart()
    expect((await again.ask('/emulator/versions')).body).toEqual({
      account: old,
      webhook: '2022-08-01',
    })
    expect((await again.stripe.webhookEndpoints.list()).data[0]?.api_version).toBe('2022-08-01')
    expect((await again.ask('/emulator/versions', { account: 'new' })).status).toBe(400)
    expect((await again.ask('/emulator/versions', null)).body).toEqual(newest)
  })

  it('before 2022-11-15 list events with the charges of a PaymentIntent, and name no latest charge', async () => {
    const open = await openEmulator()
    const { stripe, service } = open
    await open.ask('/emulator/versions', { account: '2022-08-01' })
    const card = { amount: 500, currency: 'usd', confirm: true }
    await stripe.paymentIntents
      .create({ ...card, payment_method: 'pm_card_chargeDeclined' })
      .catch(() => undefined)
    await open.arrive('payment_intent.payment_failed')
    const [listed] = (await stripe.events.list({ type: 'payment_intent.payment_failed' })).data
    const [charge] = (await stripe.charges.list()).data
    expect(listed).toMatchObject({
      api_version: '2022-08-01',
      data: { object: { charges: { data: [{ id: charge?.id, status: 'failed' }] } } },
    })
    expect(listed?.data.object).not.toHaveProperty('latest_charge')
    // The delivery under way ends in between.
    expect({ ...(await stripe.events.retrieve(String(listed?.id))), pending_webhooks: 0 }).toEqual({
      ...listed,
      pending_webhooks: 0,
    })
    const told = service.arrived.find(({ event }) => event.id === listed?.id)?.event
    expect(told).toMatchObject({
      api_version: '2026-10-28.endive',
      data: { object: { latest_charge: charge?.id } },
    })
    expect(JSON.stringify([told, listed])).not.toContain('"$"')
  })

  it('before 2024-10-28.acacia report refunds of a charge by charge.refunded alone', async () => {
    const open = await openEmulator()
    await open.ask('/emulator/versions', { account: '2022-08-01', webhook: '2022-08-01' })
    const { stripe, service } = open
    const { capture_method: _, ...card } = hold
    const intent = await stripe.paymentIntents.create(card)
    const refund = await stripe.refunds.create({ payment_intent: intent.id })
    await open.arrive('charge.refunded')
    const types = (await stripe.events.list({ limit: 100 })).data.map(({ type }) => type)
    expect(types).toContain('charge.refunded')
    expect([...types, ...service.types()]).not.toContain('refund.created')
    const told = service.arrived.find(({ event }) => event.type === 'charge.refunded')?.event
    expect(told?.data.object).toMatchObject({ refunds: { data: [{ id: refund.id }] } })
  })
})
