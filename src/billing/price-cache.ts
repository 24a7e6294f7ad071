import { nameOf, type PlanSetting } from '../config/plans.ts'
import type { Price, StripeGateway } from '../stripe/client/gateway.ts'

export type PriceReader = Pick<StripeGateway, 'findPrices' | 'retrievePrice'>

/** The prices of all plans by the names that the settings give them; missing ones are not in it. */
type KnownPrices = ReadonlyMap<string, Price>

export interface PriceCache {
  /** Read at Stripe unless what is kept is younger than this; 0 reads anew. */
  read(ageMsMax: number): Promise<KnownPrices>
}

/** Stripe's limit of lookup keys in one call. */
const lookupKeysMax = 10

/** Calls that meet share one reading. Rejects as the gateway does and then keeps what it had. */
export function createPriceCache(
  settings: readonly PlanSetting[],
  gateway: PriceReader,
  now: () => number,
): PriceCache {
  let kept: { readonly prices: KnownPrices; readonly readAt: number } | undefined
  let reading: Promise<KnownPrices> | undefined

  const readAll = async (): Promise<KnownPrices> => {
    const readAt = now()
    const prices = await readPrices(settings, gateway)
    kept = { prices, readAt }
    return prices
  }

  return {
    read: async (ageMsMax) => {
      if (kept !== undefined && now() - kept.readAt < ageMsMax) return kept.prices
      reading ??= readAll().finally(() => {
        reading = undefined
      })
      return reading
    },
  }
}

async function readPrices(
  settings: readonly PlanSetting[],
  gateway: PriceReader,
): Promise<KnownPrices> {
  const wanted = settings.flatMap(({ prices, optionalPrices }) => [...prices, ...optionalPrices])
  const idsOf = (kind: 'lookup_key' | 'price') => [
    ...new Set(wanted.filter((one) => one.kind === kind).map(nameOf)),
  ]
  const keys = idsOf('lookup_key')
  const groups = Array.from({ length: Math.ceil(keys.length / lookupKeysMax) }, (_, index) =>
    keys.slice(index * lookupKeysMax, (index + 1) * lookupKeysMax),
  )
  const [found, named] = await Promise.all([
    Promise.all(groups.map((group) => gateway.findPrices(group))),
    Promise.all(idsOf('price').map((id) => gateway.retrievePrice(id))),
  ])
  const prices = new Map(found.flat().map((price) => [price.lookupKey ?? price.id, price]))
  for (const price of named) if (price !== undefined) prices.set(price.id, price)
  return prices
}
