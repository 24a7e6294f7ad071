import {
  metadataOf,
  nested,
  oneOf,
  optionalBoolean,
  optionalInteger,
  optionalText,
  type Params,
  requiredAmount,
  requiredText,
} from '../api/params.ts'
import { noSuch } from '../api/stripe-error.ts'
import { create, type UnitOfWork } from '../context.ts'
import { createProduct } from '../objects/product.ts'
import type { Metadata, Price } from '../objects/types.ts'

interface NewPrice {
  readonly product: string
  readonly currency: string
  readonly unitAmount: number
  readonly recurring: Price['recurring']
  readonly lookupKey?: string | null
  readonly nickname?: string | null
  readonly active?: boolean
  readonly metadata?: Metadata
}

const intervals = ['month', 'day', 'week', 'year'] as const

/** The id that the settings name, if any. */
export function createPrice(unit: UnitOfWork, given: NewPrice, id = unit.id('price')): Price {
  const lookupKey = given.lookupKey ?? null
  const price: Price = {
    id,
    object: 'price',
    active: given.active ?? true,
    billing_scheme: 'per_unit',
    created: unit.nowSeconds,
    currency: given.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: lookupKey,
    metadata: given.metadata ?? {},
    nickname: given.nickname ?? null,
    product: given.product,
    recurring: given.recurring,
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: given.recurring ? 'recurring' : 'one_time',
    unit_amount: given.unitAmount,
    unit_amount_decimal: String(given.unitAmount),
  }
  return create(unit, 'price', price, lookupKey)
}

/** A price from parameters: `POST /v1/prices`, or `price_data` inside a Checkout Session's line. */
export function priceFromParams(
  unit: UnitOfWork,
  params: Params,
  path: (name: string) => string,
): Price {
  const currency = requiredText(params, 'currency', path('currency')).toLowerCase()
  const unitAmount = requiredAmount(params, 'unit_amount', path('unit_amount'), 0)
  return createPrice(unit, {
    product: productOf(unit, params, path),
    currency,
    unitAmount,
    recurring: params.recurring === undefined ? null : recurringOf(params),
    lookupKey: optionalText(params, 'lookup_key'),
    nickname: optionalText(params, 'nickname'),
    active: optionalBoolean(params, 'active') ?? true,
    metadata: metadataOf(params),
  })
}

function recurringOf(params: Params) {
  const recurring = nested(params, 'recurring')
  return recurringEach(oneOf(recurring, 'interval', intervals, 'month'), {
    interval_count: optionalInteger(recurring, 'interval_count') ?? 1,
    meter: optionalText(recurring, 'meter'),
    usage_type: oneOf(recurring, 'usage_type', ['licensed', 'metered'], 'licensed'),
  })
}

type Recurring = NonNullable<Price['recurring']>

/** A monthly or yearly price. */
export function recurringEach(interval: string, more: Partial<Recurring> = {}): Recurring {
  return {
    interval,
    interval_count: 1,
    meter: null,
    trial_period_days: null,
    usage_type: 'licensed',
    ...more,
  }
}

function productOf(unit: UnitOfWork, params: Params, path: (name: string) => string): string {
  const data = params.product_data ? nested(params, 'product_data') : null
  if (data)
    return createProduct(unit, {
      name: requiredText(data, 'name', `${path('product_data')}[name]`),
      description: optionalText(data, 'description'),
    }).id
  const id = requiredText(params, 'product', path('product'))
  if (!unit.store.find('product', id)) throw noSuch('product', id, path('product'))
  return id
}
