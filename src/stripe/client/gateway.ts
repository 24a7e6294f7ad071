import type Stripe from 'stripe'
import { createStripeLists, type StripeLists } from './lists.ts'
import { callStripe, isMissing } from './stripe-error.ts'
import { listWebhookEndpoints, type WebhookEndpoint } from './webhook-endpoints.ts'

/** A price as far as we read it. */
export interface Price {
  readonly id: string
  readonly lookupKey: string | null
  readonly active: boolean
  readonly recurring: boolean
  /** Null where Stripe computes the amount. */
  readonly unitAmountMinor: number | null
  readonly currency: string
  /** `month`, `year`, …; null for a price that is paid once. */
  readonly interval: string | null
}

export interface CreatedCheckout {
  readonly id: string
  readonly url: string
  /** Milliseconds, by Stripe's clock. */
  readonly createdAt: number
  readonly expiresAt: number
  readonly amountMinor: number | null
  readonly currency: string | null
}

export interface StripeAccount {
  readonly id: string
  /** Stripe's clock when it answered, in milliseconds; null when the answer carried no date. */
  readonly stripeNow: number | null
}

/**
 * The calls that we make at Stripe. Each rejects with `stripe_unavailable` (try again),
 * `stripe_rejected` (ours to mend), `invalid_request` or `idempotency_conflict` (the caller's).
 */
export interface StripeGateway extends StripeLists {
  retrieveAccount(): Promise<StripeAccount>
  /** Active prices by lookup key, at most 10 keys a call. */
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

    findPrices: (lookupKeys) =>
      callStripe('looking up the prices', async () => {
        const { data } = await stripe.prices.list({
          lookup_keys: [...lookupKeys],
          active: true,
          limit: 100,
        })
        return data.map(toPrice)
      }),

    retrievePrice: (priceId) =>
      callStripe('reading the price', async () => {
        try {
          return toPrice(await stripe.prices.retrieve(priceId))
        } catch (cause) {
          if (isMissing(cause)) return undefined
          throw cause
        }
      }),

    createCheckout: (parameters, idempotencyKey) =>
      callStripe('creating the Checkout Session', async () => {
        const session = await stripe.checkout.sessions.create(
          parameters,
          idempotencyKey === undefined ? {} : { idempotencyKey },
        )
        if (session.url === null) throw new TypeError(`Checkout Session ${session.id} has no url`)
        return {
          id: session.id,
          url: session.url,
          createdAt: session.created * 1000,
          expiresAt: session.expires_at * 1000,
          amountMinor: session.amount_total,
          currency: session.currency,
        }
      }),
  }
}

function toPrice(price: Stripe.Price): Price {
  return {
    id: price.id,
    lookupKey: price.lookup_key,
    active: price.active,
    recurring: price.type === 'recurring',
    unitAmountMinor: price.unit_amount,
    currency: price.currency,
    interval: price.recurring?.interval ?? null,
  }
}
