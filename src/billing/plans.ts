import { nameOf, type PlanSetting, type PriceSetting } from '../config/plans.ts'
import { AppError } from '../errors.ts'
import type { Price } from '../stripe/client/gateway.ts'
import { createPriceCache, type PriceCache, type PriceReader } from './price-cache.ts'

export interface PlanPrice {
  readonly plan: string
  readonly price: Price
  /** The lookup key of the price; null for a price that the settings name by id. */
  readonly lookupKey: string | null
}

/** One price of a plan, as read from Stripe. */
export interface PriceState {
  /** The lookup key or id, as written in `PLANS`. */
  readonly name: string
  readonly price: Price | undefined
  /** Why it cannot be sold, and what to do; undefined if it can. */
  readonly problem: string | undefined
}

export interface PlanState {
  readonly plan: string
  /** The first one is sold if a request does not name a price. */
  readonly prices: readonly [PriceState, ...PriceState[]]
}

/** The plans for sale, with their prices at Stripe. */
export interface Plans {
  has(plan: string): boolean
  /**
   * The price to sell a plan at: its first, or the one that `wanted` names by lookup key or id.
   * Throws `unknown_plan`, `invalid_request` for a price of another plan, or `plan_unavailable` if the
   * price is missing or archived, or its product is archived.
   */
  resolve(plan: string, wanted?: string): Promise<PlanPrice>
  /** The same, read again from Stripe, after Stripe rejected the price or its lookup key moved. */
  resolveAgain(plan: string, wanted?: string): Promise<PlanPrice>
  /** Every plan with all of its prices, including those that cannot be sold. */
  readAll(): Promise<readonly PlanState[]>
}

export interface PlansOptions {
  readonly settings: readonly PlanSetting[]
  readonly gateway: PriceReader
  readonly now: () => number
}

const ageMsMax = 5 * 60_000
/** How soon a price that could not be sold is read again, since it may be fixed at any moment. */
const unsoldAgeMsMax = 2_000

export function createPlans({ settings, gateway, now }: PlansOptions): Plans {
  const cache = createPriceCache(settings, gateway, now)

  const settingOf = (plan: string): PlanSetting => {
    const setting = settings.find((one) => one.plan === plan)
    if (setting !== undefined) return setting
    const known = settings.map((one) => one.plan).join(', ')
    throw new AppError('unknown_plan', `there is no plan "${plan}": use one of ${known}`)
  }

  const readPlan = async (setting: PlanSetting, ageMs: number): Promise<PlanState> =>
    stateOf(setting, await cache.read(ageMs))

  return {
    has: (plan) => settings.some((one) => one.plan === plan),
    resolve: async (plan, wanted) => {
      const setting = settingOf(plan)
      const known = choose(await readPlan(setting, ageMsMax), wanted)
      if (known?.problem === undefined && known?.price !== undefined)
        return planPriceOf(plan, known.name, known.price)
      return toPlanPrice(await readPlan(setting, unsoldAgeMsMax), wanted)
    },
    resolveAgain: async (plan, wanted) => toPlanPrice(await readPlan(settingOf(plan), 0), wanted),
    readAll: async () => {
      const states = await readStates(settings, cache, ageMsMax)
      const allSold = states.every(({ prices }) =>
        prices.every(({ problem }) => problem === undefined),
      )
      return allSold ? states : readStates(settings, cache, unsoldAgeMsMax)
    },
  }
}

async function readStates(
  settings: readonly PlanSetting[],
  cache: PriceCache,
  ageMs: number,
): Promise<readonly PlanState[]> {
  const known = await cache.read(ageMs)
  return settings.map((setting) => stateOf(setting, known))
}

function stateOf(setting: PlanSetting, known: ReadonlyMap<string, Price>): PlanState {
  const { plan, prices, optionalPrices } = setting
  const [first, ...others] = prices.map((one) => priceStateOf(plan, one, known))
  if (first === undefined) throw new RangeError(`the plan ${plan} has no price in its settings`)
  const optional = optionalPrices
    .map((one) => priceStateOf(plan, one, known))
    .filter(({ price }) => price !== undefined)
  return { plan, prices: [first, ...others, ...optional] }
}

function priceStateOf(
  plan: string,
  setting: PriceSetting,
  known: ReadonlyMap<string, Price>,
): PriceState {
  const name = nameOf(setting)
  const price = known.get(name)
  return { name, price, problem: problemOf(plan, setting, price) }
}

function problemOf(
  plan: string,
  setting: PriceSetting,
  price: Price | undefined,
): string | undefined {
  if (price === undefined)
    return setting.kind === 'price'
      ? `the plan ${plan} has no price: Stripe has no price ${setting.priceId}. Name another in PLANS`
      : `the plan ${plan} has no price: Stripe has none with the lookup key "${setting.lookupKey}". Give a price that lookup key, or name a price in PLANS (${plan}=price_…)`
  if (!price.active)
    return `the plan ${plan} has no price for sale: ${price.id} is archived. Make it active, or move its lookup key to another price`
  if (!price.productActive)
    return `the plan ${plan} has no price for sale: the product of ${price.id} is archived. Make the product active`
  return undefined
}

function choose({ prices }: PlanState, wanted: string | undefined): PriceState | undefined {
  if (wanted === undefined) return prices[0]
  return prices.find(({ name, price }) =>
    [name, price?.id, price?.lookupKey].some((known) => known === wanted),
  )
}

function toPlanPrice(state: PlanState, wanted: string | undefined): PlanPrice {
  const chosen = choose(state, wanted)
  if (chosen === undefined) {
    const known = state.prices.map(({ name }) => name).join(', ')
    throw new AppError(
      'invalid_request',
      `price: "${wanted}" is no price of the plan ${state.plan}: use one of ${known}, or name it in PLANS`,
    )
  }
  if (chosen.price !== undefined && chosen.problem === undefined)
    return planPriceOf(state.plan, chosen.name, chosen.price)
  throw new AppError('plan_unavailable', chosen.problem ?? `the plan ${state.plan} has no price`)
}

function planPriceOf(plan: string, name: string, price: Price): PlanPrice {
  return { plan, price, lookupKey: price.lookupKey === name ? name : null }
}
