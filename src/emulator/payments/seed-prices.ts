import { type PlanSetting, type PriceSetting, parsePlans } from '../../config/plans.ts'
import type { UnitOfWork } from '../context.ts'
import { createProduct } from '../objects/product.ts'
import type { Price } from '../objects/types.ts'
import { createPrice, recurringEach } from './prices.ts'

const known: ReadonlyMap<string, readonly [amountMinor: number, description: string]> = new Map([
  ['starter', [1900, 'For one person who is getting going']],
  ['professional', [4900, 'For a team that sells every day']],
  ['enterprise', [19900, 'For many teams and long books']],
])

const monthsPaidInYear = 10

/** The plans of the settings, or the default ones. */
export function plansOrDefault(plans: readonly PlanSetting[] | undefined): readonly PlanSetting[] {
  if (plans !== undefined) return plans
  const parsed = parsePlans([...known.keys()].join(','))
  return 'plans' in parsed ? parsed.plans : []
}

/** Creates the missing prices of the plans: monthly, or yearly if the name says so. */
export function seedPrices(unit: UnitOfWork, plans: readonly PlanSetting[]): void {
  for (const [index, { plan, prices }] of plans.entries()) {
    const missing = prices.filter((price) => findPrice(unit, price) === undefined)
    if (missing.length === 0) continue
    const [monthly, description] = known.get(plan) ?? [(index + 1) * 1000 + 900, `The plan ${plan}`]
    const product = createProduct(unit, { name: titleOf(plan), description }).id
    for (const price of missing) {
      const yearly = /year|annual/.test(price.kind === 'price' ? price.priceId : price.lookupKey)
      const given = {
        product,
        currency: 'usd',
        unitAmount: yearly ? monthly * monthsPaidInYear : monthly,
        recurring: recurringEach(yearly ? 'year' : 'month'),
      }
      if (price.kind === 'price') createPrice(unit, given, price.priceId)
      else createPrice(unit, { ...given, lookupKey: price.lookupKey })
    }
  }
}

/** The price that a setting names, active or not. */
export function findPrice({ store }: UnitOfWork, price: PriceSetting): Price | undefined {
  if (price.kind === 'price') return store.find('price', price.priceId)
  const query = { limit: 1, nowMs: Number.MAX_SAFE_INTEGER, groupKeys: [price.lookupKey] }
  return store.list('price', { ...query, created: { min: 0, max: Number.MAX_SAFE_INTEGER } })
    .items[0]
}

function titleOf(plan: string): string {
  return plan
    .split(/[_-]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
}
