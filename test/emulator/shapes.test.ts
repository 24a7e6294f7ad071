import { readFileSync } from 'node:fs'
import type Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { press } from '../support/emulator-controls.ts'
import { type OpenEmulator, openEmulator, startCheckout } from '../support/open-emulator.ts'

/** Derived from recorded payloads and Stripe's description by test/scripts/describe-payloads.ts. */
const types = z.record(z.string(), z.string())
const shapes = z
  .object({ objects: z.record(z.string(), z.looseObject({ always: types, sometimes: types })) })
  .parse(
    JSON.parse(readFileSync(new URL('../fixtures/stripe-shapes.json', import.meta.url), 'utf8')),
  )

const anyObject = z.looseObject({ object: z.string() })

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/** What an object has that Stripe's has not, lacks that Stripe's always has, or has of another type. */
function differences(given: unknown): readonly string[] {
  const object = anyObject.parse(given)
  const shape = shapes.objects[object.object]
  if (shape === undefined) return []
  const known = { ...shape.sometimes, ...shape.always }
  const name = object.object
  return [
    ...Object.keys(shape.always)
      .filter((key) => !(key in object))
      .map((key) => `${name}.${key} is missing`),
    ...Object.entries(object).flatMap(([key, value]) => {
      const allowed = known[key]?.split(' ')
      if (allowed === undefined) return [`${name}.${key} is none of Stripe's`]
      const type = typeOf(value)
      return allowed.includes(type) ? [] : [`${name}.${key} is ${type}, Stripe's is ${allowed}`]
    }),
  ]
}

/** A life of everything that the emulator makes. */
async function liveThroughAll({ stripe, ask }: OpenEmulator): Promise<void> {
  const pay = (payment_method: string, more: Partial<Stripe.PaymentIntentCreateParams> = {}) =>
    stripe.paymentIntents
      .create({ amount: 5000, currency: 'usd', confirm: true, payment_method, ...more })
      .catch(() => undefined)
  const paid = await pay('pm_card_visa')
  await stripe.refunds.create({ payment_intent: String(paid?.id), amount: 1000 })
  await pay('pm_card_chargeDeclined')
  await pay('pm_card_pendingRefund')
  await pay('pm_sepaDebit')
  const redirected = await pay('pm_ideal')
  await ask(`/emulator/payment_intents/${redirected?.id}/authentication`, { accepted: false })
  const held = await pay('pm_card_visa', { capture_method: 'manual' })
  await stripe.paymentIntents.capture(String(held?.id), { amount_to_capture: 3000 })
  const cancelled = await pay('pm_card_visa', { capture_method: 'manual' })
  await stripe.paymentIntents.cancel(String(cancelled?.id))
  const monthly = await startCheckout(stripe, 'starter')
  await press(String(monthly.url), 'decline')
  await press(String(monthly.url), 'pay')
  const expired = await startCheckout(stripe, 'enterprise', { allow_promotion_codes: true })
  await stripe.checkout.sessions.expire(expired.id)
}

describe('what the emulator makes', () => {
  it('has the keys that Stripe’s own has, and no others, each of a type that it has there', async () => {
    const open = await openEmulator()
    await liveThroughAll(open)
    const { stripe } = open
    const lists = await Promise.all([
      stripe.paymentIntents.list({ limit: 100 }),
      stripe.charges.list({ limit: 100 }),
      stripe.refunds.list({ limit: 100 }),
      stripe.checkout.sessions.list({ limit: 100 }),
      stripe.events.list({ limit: 100 }),
    ])
    const objects: unknown[] = []
    for (const { data } of lists) objects.push(...data)
    const told = open.service.arrived.flatMap(({ event }) => [event, event.data.object])
    expect(objects.length).toBeGreaterThan(40)
    expect(told.length).toBeGreaterThan(20)
    expect([...new Set([...objects, ...told].flatMap(differences))]).toEqual([])
  })

  it('would be found out if it differed', () => {
    const [charge] = [{ object: 'charge', amount: '1', colour: 'red' }].map(differences)
    expect(charge).toEqual(
      expect.arrayContaining([
        'charge.id is missing',
        "charge.amount is string, Stripe's is number",
        "charge.colour is none of Stripe's",
      ]),
    )
  })
})
