import type Stripe from 'stripe'
import { createStripeLists, type StripeLists } from './lists.ts'
import { type Price, retrievePrice, searchPrices } from './prices.ts'
import { callStripe, spentKeyError } from './stripe-error.ts'
import { listWebhookEndpoints, type WebhookEndpoint } from './webhook-endpoints.ts'

export type { Price } from './prices.ts'
export type { WebhookEndpoint } from './webhook-endpoints.ts'

export interface CreatedCheckout {
  readonly id: string
  readonly url: string
  /** Milliseconds, by Stripe's clock. */
  readonly createdAt: number
  readonly expiresAt: number
  readonly amountMinor: number | null
  readonly currency: string | null
  /** The price's lookup key when the session was created; undefined if Stripe omits it. */
  readonly lookupKey: string | null | undefined
}

export interface StripeAccount {
  readonly id: string
  /** Stripe's time of the response, in milliseconds; null if the response had no date. */
  readonly stripeNow: number | null
}

/**
 * The calls that we make to Stripe. Each rejects with `stripe_unavailable` (try again),
 * `stripe_rejected` (for the operator to fix), `invalid_request`, `idempotency_conflict` or
 * `idempotency_key_spent` (for the caller to fix), or `plan_unavailable` if Stripe rejects the price.
 */
export interface StripeGateway extends StripeLists {
  retrieveAccount(): Promise<StripeAccount>
  /** Prices by lookup key, including archived ones, at most 10 keys per call. */
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
