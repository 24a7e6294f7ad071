import type { PlanSetting } from '../config/settings.ts'
import { AppError } from '../errors.ts'
import type { Price, StripeGateway } from '../stripe/client/gateway.ts'

export interface PlanPrice {
  readonly plan: string
  readonly price: Price
}

/** The plans that are for sale, with the Stripe prices they resolve to. */
export interface Plans {
  /** Throws `unknown_plan`, or `plan_unavailable` when its price is missing or inactive. */
  resolve(plan: string): Promise<PlanPrice>
  resolveAll(): Promise<readonly PlanPrice[]>
}

export interface PlansOptions {
  readonly settings: readonly PlanSetting[]
  readonly gateway: Pick<StripeGateway, 'findPrices' | 'retrievePrice'>
  readonly now: () => number
}

const cacheMs = 5 * 60_000

/** Stripe's limit of lookup keys in one call. */
const lookupKeysMax = 10

export function createPlans({ settings, gateway, now }: PlansOptions): Plans {
  let cached: { readonly prices: ReadonlyMap<string, Price>; readonly readAt: number } | undefined
  let reading: Promise<ReadonlyMap<string, Price>> | undefined

  const readPrices = async (): Promise<ReadonlyMap<string, Price>> => {
    const keys = settings.flatMap(({ price }) =>
      price.kind === 'lookup_key' ? [price.lookupKey] : [],
    )
    const groups = Array.from({ length: Math.ceil(keys.length / lookupKeysMax) }, (_, index) =>
      keys.slice(index * lookupKeysMax, (index + 1) * lookupKeysMax),
    )
    const found = (await Promise.all(groups.map((group) => gateway.findPrices(group)))).flat()
    const named = await Promise.all(
      settings.flatMap(({ price }) =>
        price.kind === 'price' ? [gateway.retrievePrice(price.priceId)] : [],
      ),
    )
    const prices = new Map(found.map((price) => [price.lookupKey ?? price.id, price]))
    for (const price of named) if (price !== undefined) prices.set(price.id, price)
    cached = { prices, readAt: now() }
    return prices
  }

  const prices = (): Promise<ReadonlyMap<string, Price>> => {
    if (cached !== undefined && now() - cached.readAt < cacheMs)
      return Promise.resolve(cached.prices)
    reading ??= readPrices().finally(() => {
      reading = undefined
    })
    return reading
  }

  const toPlanPrice = (setting: PlanSetting, known: ReadonlyMap<string, Price>): PlanPrice => {
    const { plan, price: wanted } = setting
    const price = known.get(wanted.kind === 'price' ? wanted.priceId : wanted.lookupKey)
    if (price?.active === true) return { plan, price }
    cached = undefined
    throw new AppError('plan_unavailable', explainMissing(setting))
  }

  return {
    resolve: async (plan) => {
      const setting = settings.find((one) => one.plan === plan)
      if (setting === undefined) {
        const known = settings.map((one) => one.plan).join(', ')
        throw new AppError('unknown_plan', `there is no plan "${plan}": use one of ${known}`)
      }
      return toPlanPrice(setting, await prices())
    },
    resolveAll: async () => {
      const known = await prices()
      return settings.map((setting) => toPlanPrice(setting, known))
    },
  }
}

function explainMissing({ plan, price }: PlanSetting): string {
  return price.kind === 'price'
    ? `the plan ${plan} has no price: Stripe has no active price ${price.priceId}. Make it active, or name another in PLANS`
    : `the plan ${plan} has no price: Stripe has no active price with the lookup key "${price.lookupKey}". Give a price that lookup key, or name a price in PLANS (${plan}=price_…)`
}
