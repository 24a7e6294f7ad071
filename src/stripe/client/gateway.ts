import type Stripe from 'stripe'
import { createStripeLists, type StripeLists } from './lists.ts'
import { type Price, retrievePrice, searchPrices } from './prices.ts'
import { callStripe, spentKeyError } from './stripe-error.ts'
import { listWebhookEndpoints, type WebhookEndpoint } from './webhook-endpoints.ts'

export type { Price } from './prices.ts'

export interface CreatedCheckout {
  readonly id: string
  readonly url: string
  /** Milliseconds, by Stripe's clock. */
  readonly createdAt: number
  readonly expiresAt: number
  readonly amountMinor: number | null
  readonly currency: string | null
  /** Of the price that it sells, as it was when the session was created; undefined where Stripe leaves it out. */
  readonly lookupKey: string | null | undefined
}

export interface StripeAccount {
  readonly id: string
  /** Stripe's clock when it answered, in milliseconds; null when the answer carried no date. */
  readonly stripeNow: number | null
}

/**
 * The calls that we make at Stripe. Each rejects with `stripe_unavailable` (try again),
 * `stripe_rejected` (ours to mend), `invalid_request`, `idempotency_conflict` or `idempotency_key_spent`
 * (the caller's), or `plan_unavailable` when Stripe refuses the price of a Checkout Session.
 */
export interface StripeGateway extends StripeLists {
  retrieveAccount(): Promise<StripeAccount>
  /** Prices by lookup key, archived ones too, at most 10 keys a call. */
  findPrices(lookupKeys: readonly string[]): Promise<readonly Price[]>
  /** Undefined when there is no such price. */
  retrievePrice(priceId: string): Promise<Price | undefined>
  createCheckout(
    parameters: Stripe.Checkout.SessionCreateParams,
    idempotencyKey: string | undefined,
  ): Promise<CreatedCheckout>
  listWebhookEndpoints(): Promise<readonly WebhookEndpoint[]>
}

export function createStripeGateway(stripe: Stripe): StripeGateway {
  return {
    ...createStripeLists(stripe),
    listWebhookEndpoints: () => listWebhookEndpoints(stripe),

    retrieveAccount: () =>
      callStripe('reading the Stripe account', async () => {
        const account = await stripe.accounts.retrieveCurrent({}, { maxNetworkRetries: 0 })
        const date = Date.parse(account.lastResponse.headers.date ?? '')
        return { id: account.id, stripeNow: Number.isNaN(date) ? null : date }
      }),

    findPrices: (lookupKeys) => searchPrices(stripe, lookupKeys),
    retrievePrice: (priceId) => retrievePrice(stripe, priceId),

    createCheckout: (parameters, idempotencyKey) =>
      callStripe('creating the Checkout Session', async () => {
        const session = await createSession(stripe, parameters, idempotencyKey)
        if (session.url === null) throw new TypeError(`Checkout Session ${session.id} has no url`)
        return {
          id: session.id,
          url: session.url,
          createdAt: session.created * 1000,
          expiresAt: session.expires_at * 1000,
          amountMinor: session.amount_total,
          currency: session.currency,
          lookupKey: session.line_items?.data[0]?.price?.lookup_key,
        }
      }),
  }
}

async function createSession(
  stripe: Stripe,
  parameters: Stripe.Checkout.SessionCreateParams,
  idempotencyKey: string | undefined,
): Promise<Stripe.Checkout.Session> {
  const expanded = { ...parameters, expand: ['line_items'] }
  if (idempotencyKey === undefined) return stripe.checkout.sessions.create(expanded)
  try {
    return await stripe.checkout.sessions.create(expanded, { idempotencyKey })
  } catch (cause) {
    throw spentKeyError(cause) ?? cause
  }
}
