import type Stripe from 'stripe'
import { z } from 'zod'
import { createStripeClient } from '../../src/stripe/client/client.ts'
import { type AppWithStripe, startAppWithStripe, type TestAppOptions } from './start-test-app.ts'

const session = z.object({ id: z.string() })

export interface Seller {
  readonly app: AppWithStripe
  /** The emulator as another client of the same account sees it. */
  readonly stripe: Stripe
  /** Asks for a checkout; the id is there when it was created. */
  buy(
    body: object,
    headers?: Record<string, string>,
  ): Promise<{ status: number; id: string; body: unknown; headers: Headers }>
  /** The Checkout Session of a request that must succeed, as Stripe has it. */
  sold(body: object, headers?: Record<string, string>): Promise<Stripe.Checkout.Session>
  fault(faults: object | null): Promise<void>
}

/** The service beside the emulator, with short ways to sell. */
export async function openSeller(
  options: Parameters<typeof startAppWithStripe>[0] & TestAppOptions = {},
): Promise<Seller> {
  const app = await startAppWithStripe(options)
  const stripe = createStripeClient({ secretKey: 'sk_test_shop', apiBase: app.emulator.url })
  const buy: Seller['buy'] = async (body, headers) => {
    const answer = await app.call('POST', '/v1/checkout-sessions', body, headers)
    const json: unknown = await answer.json()
    const id = session.safeParse(json).data?.id ?? ''
    return { status: answer.status, id, body: json, headers: answer.headers }
  }
  return {
    app,
    stripe,
    buy,
    sold: async (body, headers) => {
      const { status, id, body: problem } = await buy(body, headers)
      if (status !== 201) throw new Error(`not sold: ${status} ${JSON.stringify(problem)}`)
      return stripe.checkout.sessions.retrieve(id, { expand: ['line_items'] })
    },
    fault: async (faults) => {
      const init = { method: 'POST', body: JSON.stringify(faults) }
      const answer = await fetch(`${app.emulator.url}/emulator/faults`, init)
      if (!answer.ok) throw new Error(`the fault was refused: ${await answer.text()}`)
    },
  }
}

/** Gives a lookup key to a new price, as a seller does who changes what a plan costs. */
export async function movePrice(
  stripe: Stripe,
  lookupKey: string,
  unitAmount: number,
): Promise<{ readonly from: Stripe.Price; readonly to: Stripe.Price }> {
  const [from] = (await stripe.prices.list({ lookup_keys: [lookupKey] })).data
  if (from === undefined) throw new Error(`no price has the lookup key ${lookupKey}`)
  const to = await stripe.prices.create({
    currency: 'usd',
    unit_amount: unitAmount,
    recurring: { interval: 'month' },
    product: String(from.product),
    lookup_key: lookupKey,
    transfer_lookup_key: true,
  })
  return { from, to }
}
