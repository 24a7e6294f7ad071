import { nameOf, type PlanSetting } from '../config/plans.ts'
import type { Price, StripeGateway } from '../stripe/client/gateway.ts'

export type PriceReader = Pick<StripeGateway, 'findPrices' | 'retrievePrice'>

/** The prices of all plans by the names that the settings give them; missing ones are not in it. */
type KnownPrices = ReadonlyMap<string, Price>

export interface PriceCache {
  /**
   * What is kept, if it is younger than this, else what Stripe says; 0 reads anew. What is older than a
   * minute is read again in the background.
   */
  read(ageMsMax: number): Promise<KnownPrices>
}

/** Stripe's limit of lookup keys in one call. */
const lookupKeysMax = 10
const refreshAgeMs = 60_000

/** Calls that meet share one reading. Rejects as the gateway does and then keeps what it had. */
export function createPriceCache(
  settings: readonly PlanSetting[],
  gateway: PriceReader,
  now: () => number,
): PriceCache {
  let kept: { readonly prices: KnownPrices; readonly readAt: number } | undefined
  let reading: Promise<KnownPrices> | undefined
  let following: Promise<KnownPrices> | undefined

  const readAll = async (): Promise<KnownPrices> => {
    const readAt = now()
    const prices = await readPrices(settings, gateway)
    kept = { prices, readAt }
    return prices
  }

  const readNow = (): Promise<KnownPrices> => {
    reading ??= readAll().finally(() => {
      reading = undefined
    })
    return reading
  }

  /** A reading under way may have begun before what is asked about happened. */
  const readAnew = (): Promise<KnownPrices> => {
    if (reading === undefined) return readNow()
    following ??= reading.then(ignore, ignore).then(() => {
      following = undefined
      return readNow()
    })
    return following
  }

  return {
    read: async (ageMsMax) => {
      if (ageMsMax === 0) return readAnew()
      const ageMs = kept === undefined ? Number.POSITIVE_INFINITY : now() - kept.readAt
      if (kept === undefined || ageMs >= ageMsMax) return readNow()
      // Its failure is that of the read that has to wait for it, at the latest in four minutes.
      if (ageMs >= refreshAgeMs) void readNow().catch(ignore)
      return kept.prices
    },
  }
}

function ignore(): void {}

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
