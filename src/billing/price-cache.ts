import { nameOf, type PlanSetting } from '../config/plans.ts'
import type { Price, StripeGateway } from '../stripe/client/gateway.ts'

export type PriceReader = Pick<StripeGateway, 'findPrices' | 'retrievePrice'>

/** The prices of all plans by their names in the settings, without the missing ones. */
type KnownPrices = ReadonlyMap<string, Price>

export interface PriceCache {
  /**
   * The cached prices if they are younger than this, otherwise read from Stripe; 0 always reads. Prices older
   * than a minute are refreshed in the background.
   */
  read(ageMsMax: number): Promise<KnownPrices>
}

/** Stripe's limit of lookup keys per call. */
const lookupKeysMax = 10
const refreshAgeMs = 60_000

/** Concurrent calls share one read. Rejects like the gateway, and keeps the cached prices then. */
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

  /** A read in progress may have begun before the change that the caller asks about. */
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
      // A failure is reported by the next read that has to wait, four minutes later at most.
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
