import { expect } from 'vitest'
import { press } from './emulator-controls.ts'
import type { Shop } from './shop-with-clock.ts'

/** A fact, identified by its amount: each life has a different one. */
type Count = readonly [status: 'success' | 'failed' | 'refunded', amount: number]

/** What happens to a payment at Stripe, and the facts that it amounts to. */
export interface PaymentLife {
  readonly name: string
  live(shop: Shop): Promise<void>
  readonly counted: readonly Count[]
  /** What the lists alone can show, where that is less. */
  readonly listed?: readonly Count[]
}

/** A life of every kind that the emulator knows, beside the plain ones. */
export const paymentLives: readonly PaymentLife[] = [
  {
    name: 'an authorization that is captured in part, the rest of it released',
    live: async (shop) => void (await captureInPart(shop, 5000, 3000)),
    counted: [['success', 3000]],
  },
  {
    name: 'an authorization that is captured in part, of which as much as was released is refunded later',
    live: async (shop) => {
      const id = await captureInPart(shop, 5100, 3050)
      await shop.stripe.refunds.create({ payment_intent: id, amount: 2050 })
    },
    counted: [
      ['success', 3050],
      ['refunded', 2050],
    ],
  },
  {
    name: 'an authorization that is cancelled',
    live: async (shop) => {
      await shop.stripe.paymentIntents.cancel(await authorize(shop, 5200))
    },
    counted: [],
  },
  {
    name: 'an authorization that expires',
    live: async (shop) =>
      askEmulator(shop, `/payment_intents/${await authorize(shop, 5300)}/expire`),
    counted: [],
  },
  {
    name: 'a declined card, two redirects that fail, and one that pays',
    live: redirect,
    counted: [
      ['failed', 5400],
      ['failed', 5400],
      ['failed', 5400],
      ['success', 5400],
    ],
    listed: [
      ['failed', 5400],
      ['success', 5400],
    ],
  },
  {
    name: 'a bank debit that fails, and one that succeeds',
    live: async (shop) => {
      await pay(shop, 5500, 'pm_sepaDebitFails')
      await pay(shop, 5600, 'pm_sepaDebit')
    },
    counted: [
      ['failed', 5500],
      ['success', 5600],
    ],
  },
  {
    name: 'a subscription whose first renewal fails once',
    live: subscribe,
    counted: [
      ['success', 1900],
      ['failed', 1900],
      ['success', 1900],
      ['success', 1900],
    ],
  },
]

async function pay({ stripe, clock }: Shop, amount: number, method: string): Promise<string> {
  const intent = await stripe.paymentIntents.create({
    amount,
    currency: 'usd',
    confirm: true,
    payment_method: method,
  })
  // A bank debit takes seconds; reading it settles what is due.
  clock.nowMs += 10_000
  await stripe.paymentIntents.retrieve(intent.id)
  return intent.id
}

async function authorize({ stripe }: Shop, amount: number): Promise<string> {
  const intent = await stripe.paymentIntents.create({
    amount,
    currency: 'usd',
    confirm: true,
    payment_method: 'pm_card_visa',
    capture_method: 'manual',
  })
  return intent.id
}

async function captureInPart(shop: Shop, amount: number, captured: number): Promise<string> {
  const id = await authorize(shop, amount)
  shop.clock.nowMs += 60_000
  const intent = await shop.stripe.paymentIntents.capture(id, { amount_to_capture: captured })
  expect(intent.amount_received).toBe(captured)
  shop.clock.nowMs += 60_000
  return id
}

/** Asks the emulator to do what a customer, a bank or the passing of time does. */
export async function askEmulator({ app }: Shop, path: string, body: object = {}): Promise<void> {
  const url = `${app.emulator.url}/emulator${path}`
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
  expect(answer.ok).toBe(true)
}

async function redirect(shop: Shop): Promise<void> {
  const { stripe } = shop
  const order = { amount: 5400, currency: 'usd', confirm: true }
  await stripe.paymentIntents
    .create({ ...order, payment_method: 'pm_card_chargeDeclined' })
    .catch(() => undefined)
  const [charge] = (await stripe.charges.list({ limit: 1 })).data
  const id = String(charge?.payment_intent)
  const failures = [
    { accepted: false },
    { accepted: false, code: 'payment_method_provider_timeout' },
    { accepted: true },
  ]
  for (const outcome of failures) {
    shop.clock.nowMs += 60_000
    await stripe.paymentIntents.confirm(id, { payment_method: 'pm_ideal' })
    await askEmulator(shop, `/payment_intents/${id}/authentication`, outcome)
  }
}

async function subscribe(shop: Shop): Promise<void> {
  await press(await shop.checkout('starter'), 'pay')
  const [session] = (await shop.stripe.checkout.sessions.list()).data
  for (const payment_method of ['pm_card_chargeDeclined', 'pm_card_visa', 'pm_card_visa']) {
    shop.clock.nowMs += 60_000
    await askEmulator(shop, `/subscriptions/${String(session?.subscription)}/renew`, {
      payment_method,
    })
  }
}
