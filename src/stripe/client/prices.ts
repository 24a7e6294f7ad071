import Stripe from 'stripe'
import { callStripe, isMissing } from './stripe-error.ts'

/** The fields of a price that we read. */
export interface Price {
  readonly id: string
  readonly lookupKey: string | null
  readonly active: boolean
  readonly productId: string
  /** False when its product is archived or deleted; true where the key may not read products. */
  readonly productActive: boolean
  /** Null where Stripe computes the amount. */
  readonly unitAmountMinor: number | null
  readonly currency: string
  /** Null for a one-time price. */
  readonly recurring: Recurring | null
}

interface Recurring {
  /** `month`, `year`, … */
  readonly interval: string
  /** 3 with `month` means quarterly. */
  readonly intervalCount: number
  /** Usage-based: sold without a quantity. */
  readonly metered: boolean
}

/** The prices with these lookup keys, at most 10; including archived ones, so that they can be told from missing ones. */
export function searchPrices(
  stripe: Stripe,
  lookupKeys: readonly string[],
): Promise<readonly Price[]> {
  return callStripe('looking up the prices', async () => {
    const query = { lookup_keys: [...lookupKeys], limit: 100 }
    const { data } = await withProducts(
      () => stripe.prices.list({ ...query, expand: ['data.product'] }),
      () => stripe.prices.list(query),
    )
    return data.map(toPrice)
  })
}

/** Undefined if there is no such price. */
export function retrievePrice(stripe: Stripe, priceId: string): Promise<Price | undefined> {
  return callStripe('reading the price', async () => {
    try {
      const price = await withProducts(
        () => stripe.prices.retrieve(priceId, { expand: ['product'] }),
        () => stripe.prices.retrieve(priceId),
      )
      return toPrice(price)
    } catch (cause) {
      if (isMissing(cause)) return undefined
      throw cause
    }
  })
}

/** A restricted key may be allowed to read prices and not products. */
async function withProducts<T>(expanded: () => Promise<T>, plain: () => Promise<T>): Promise<T> {
  try {
    return await expanded()
  } catch (cause) {
    if (cause instanceof Stripe.errors.StripePermissionError) return plain()
    throw cause
  }
}

function toPrice(price: Stripe.Price): Price {
  const { product, recurring } = price
  return {
    id: price.id,
    lookupKey: price.lookup_key,
    active: price.active,
    productId: typeof product === 'string' ? product : product.id,
    productActive:
      typeof product === 'string' || (product.deleted !== true && product.active !== false),
    unitAmountMinor: price.unit_amount,
    currency: price.currency,
    recurring: recurring && {
      interval: recurring.interval,
      intervalCount: recurring.interval_count,
      metered: recurring.usage_type === 'metered',
    },
  }
}
