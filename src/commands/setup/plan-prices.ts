import { createPriceCache } from '../../billing/price-cache.ts'
import type { PlanSetting, PriceSetting } from '../../config/plans.ts'
import { nameOf } from '../../config/plans.ts'
import { AppError } from '../../errors.ts'
import type { Price } from '../../stripe/client/gateway.ts'
import type { SetupContext } from './setup-context.ts'
import type { Step } from './step.ts'
import {
  describeExisting,
  describeWanted,
  isSamePrice,
  priceExample,
  type WantedPrice,
} from './wanted-price.ts'

type KnownPrices = ReadonlyMap<string, Price>

/** The prices of all plans as they are at Stripe, by their names in `PLANS`. */
export function readPrices({ config, gateway, now }: SetupContext): Promise<KnownPrices> {
  return createPriceCache(config.plans, gateway, now).read(0)
}

/** The lookup keys that need a price, because nobody named one. */
export function findUnpriced(
  { config }: SetupContext,
  known: KnownPrices,
  wanted: ReadonlyMap<string, WantedPrice>,
): readonly string[] {
  return config.plans
    .flatMap(({ prices }) => prices)
    .filter((price) => price.kind === 'lookup_key')
    .map(nameOf)
    .filter((name) => !known.has(name) && !wanted.has(name))
}

export interface WantedPrices {
  readonly wanted: ReadonlyMap<string, WantedPrice>
  /** Whether a lookup key may move to a new price. */
  readonly transfers: boolean
}

/** One step for each price of each plan. A price of Stripe is never changed: it cannot be. */
export async function planPrices(
  context: SetupContext,
  known: KnownPrices,
  given: WantedPrices,
): Promise<readonly Step[]> {
  const steps: Step[] = []
  for (const setting of context.config.plans) {
    const product = await findProduct(context, setting, known)
    const optional = setting.optionalPrices
      .map(nameOf)
      .filter((name) => known.has(name) || given.wanted.has(name))
    for (const price of [...setting.prices, ...setting.optionalPrices])
      if (setting.prices.includes(price) || optional.includes(nameOf(price)))
        steps.push(planPrice(context, price, { known, product, given }))
  }
  return steps
}

interface PriceFacts {
  readonly known: KnownPrices
  readonly product: Product
  readonly given: WantedPrices
}

function planPrice(context: SetupContext, price: PriceSetting, facts: PriceFacts): Step {
  const name = `price ${nameOf(price)}`
  const found = facts.known.get(nameOf(price))
  const wanted = facts.given.wanted.get(nameOf(price))
  if (price.kind === 'price')
    return found === undefined
      ? { state: 'hand', name, text: 'Stripe has no such price: name another in PLANS' }
      : assessPrice(name, found)
  if (wanted === undefined)
    return found === undefined
      ? { state: 'hand', name, text: `is missing: add --price ${nameOf(price)}=${priceExample}` }
      : assessPrice(name, found)
  if (found === undefined || facts.given.transfers)
    return found?.active === true && isSamePrice(found, wanted)
      ? assessPrice(name, found)
      : makePrice(context, price.lookupKey, wanted, facts)
  if (isSamePrice(found, wanted)) return assessPrice(name, found)
  const text = `is ${describeExisting(found)} (${found.id}), not ${describeWanted(wanted)}. ${transferAdvice}`
  return { state: 'hand', name, text }
}

/** Whether a price that Stripe has can be sold. */
function assessPrice(name: string, price: Price): Step {
  const text = `${describeExisting(price)} (${price.id})`
  if (!price.active)
    return {
      state: 'hand',
      name,
      text: `${text} is archived: make it active in the Dashboard, or give --price and --transfer-lookup-key`,
    }
  if (!price.productActive)
    return {
      state: 'hand',
      name,
      text: `${text}: its product ${price.productId} is archived: make it active in the Dashboard`,
    }
  return { state: 'ready', name, text }
}

const transferAdvice =
  'A price cannot be changed at Stripe: --transfer-lookup-key makes a new one and moves the lookup key to it; subscriptions that run keep the former one'

function makePrice(
  context: SetupContext,
  lookupKey: string,
  wanted: WantedPrice,
  { product, known }: PriceFacts,
): Step {
  const former = known.get(lookupKey)
  const place = product.exists ? product.id : `${product.id} "${product.title}", which is new`
  const moved = former === undefined ? '' : `; the lookup key moves to it from ${former.id}`
  return {
    state: 'make',
    name: `price ${lookupKey}`,
    text: `${describeWanted(wanted)}, of the product ${place}${moved}`,
    make: async () => {
      await provideProduct(context, product)
      const id = await context.setup.createPrice({
        ...wanted,
        lookupKey,
        productId: product.id,
        transferLookupKey: former !== undefined,
      })
      return { text: `${describeWanted(wanted)} (${id})` }
    },
  }
}

interface Product {
  readonly id: string
  /** Its name if it has to be created. */
  readonly title: string
  readonly exists: boolean
}

/** The product of the plan's other prices, or the one with the plan's own id. */
async function findProduct(
  { setup }: SetupContext,
  { plan, prices, optionalPrices }: PlanSetting,
  known: KnownPrices,
): Promise<Product> {
  const title = plan
    .split(/[_-]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
  const names = [...prices, ...optionalPrices].map(nameOf)
  const sold = names.map((name) => known.get(name)).find((price) => price?.productActive === true)
  if (sold !== undefined) return { id: sold.productId, title, exists: true }
  const id = `countinghouse_${plan}`
  if (names.every((name) => known.has(name))) return { id, title, exists: false }
  return { id, title, exists: (await setup.retrieveProduct(id)) !== undefined }
}

/** Its id follows from the plan, so that a run after one that was interrupted finds it. */
async function provideProduct({ setup }: SetupContext, { id, title }: Product): Promise<void> {
  const found = await setup.retrieveProduct(id)
  if (found === undefined) await setup.createProduct(id, title)
  else if (!found.active)
    throw new AppError(
      'stripe_rejected',
      `the product ${id} is archived: make it active in the Dashboard, and run setup again`,
    )
}
