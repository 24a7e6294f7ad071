import type { ApiRoute, Call } from '../api-route.ts'
import { listAnswer } from '../list-answer.ts'
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
  texts,
} from '../params.ts'
import { invalidRequest, noSuch } from '../stripe-error.ts'
import { create, type Turn } from '../turn.ts'
import { createProduct } from './product.ts'
import type { Metadata, Price } from './types.ts'

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

const lookupKeysMax = 10
const intervals = ['month', 'day', 'week', 'year'] as const

export const createPrice = (turn: Turn, given: NewPrice): Price => {
  const lookupKey = given.lookupKey ?? null
  const price: Price = {
    id: turn.id('price'),
    object: 'price',
    active: given.active ?? true,
    billing_scheme: 'per_unit',
    created: turn.nowSeconds,
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
  return create(turn, 'price', price, lookupKey)
}

/** A price from parameters: `POST /v1/prices`, or `price_data` inside a Checkout Session's line. */
export const priceFromParams = (
  turn: Turn,
  params: Params,
  path: (name: string) => string,
): Price => {
  const currency = requiredText(params, 'currency', path('currency')).toLowerCase()
  const unitAmount = requiredAmount(params, 'unit_amount', path('unit_amount'), 0)
  return createPrice(turn, {
    product: productOf(turn, params, path),
    currency,
    unitAmount,
    recurring: params.recurring === undefined ? null : recurringOf(params),
    lookupKey: optionalText(params, 'lookup_key'),
    nickname: optionalText(params, 'nickname'),
    active: optionalBoolean(params, 'active') ?? true,
    metadata: metadataOf(params),
  })
}

const recurringOf = (params: Params) => {
  const recurring = nested(params, 'recurring')
  return {
    interval: oneOf(recurring, 'interval', intervals, 'month'),
    interval_count: optionalInteger(recurring, 'interval_count') ?? 1,
    usage_type: 'licensed',
  }
}

const productOf = (turn: Turn, params: Params, path: (name: string) => string): string => {
  const data = params.product_data ? nested(params, 'product_data') : null
  if (data)
    return createProduct(turn, {
      name: requiredText(data, 'name', `${path('product_data')}[name]`),
      description: optionalText(data, 'description'),
    }).id
  const id = requiredText(params, 'product', path('product'))
  if (!turn.store.find('product', id)) throw noSuch('product', id, path('product'))
  return id
}

/** Gives a lookup key to one price alone, taking it from another when that is asked for. */
const claimLookupKey = (turn: Turn, key: string | null, params: Params, own?: string): void => {
  if (key === null) return
  const holder = turn.store.list('price', {
    limit: 1,
    nowMs: Number.MAX_SAFE_INTEGER,
    created: { min: 0, max: Number.MAX_SAFE_INTEGER },
    groupKeys: [key],
  }).items[0]
  if (!holder || holder.id === own) return
  if (optionalBoolean(params, 'transfer_lookup_key') !== true)
    throw invalidRequest(
      `A price (\`${holder.id}\`) already uses that lookup key. ` +
        'Set `transfer_lookup_key=true` to transfer it.',
      { param: 'lookup_key' },
    )
  holder.lookup_key = null
  turn.store.save('price', holder, null)
}

const find = ({ turn, id }: Call): Price => {
  const price = turn.store.find('price', id)
  if (price) return price
  throw noSuch('price', id, 'price', 404)
}

const list = (call: Call): object => {
  const keys = texts(call.params, 'lookup_keys')
  if (keys.length > lookupKeysMax)
    throw invalidRequest(`You may pass at most ${lookupKeysMax} lookup keys.`, {
      param: 'lookup_keys',
    })
  const active = optionalBoolean(call.params, 'active')
  const product = optionalText(call.params, 'product')
  const type = optionalText(call.params, 'type')
  return listAnswer(call, 'price', '/v1/prices', {
    ...(keys.length > 0 && { groupKeys: [...new Set(keys)] }),
    matches: (price) =>
      (active === null || price.active === active) &&
      (product === null || price.product === product) &&
      (type === null || price.type === type),
  })
}

export const priceRoutes: readonly ApiRoute[] = [
  { method: 'get', path: '/v1/prices', handle: list },
  { method: 'get', path: '/v1/prices/:id', handle: find },
  {
    method: 'post',
    path: '/v1/prices',
    handle: ({ turn, params }) => {
      claimLookupKey(turn, optionalText(params, 'lookup_key'), params)
      return priceFromParams(turn, params, (name) => name)
    },
  },
  {
    method: 'post',
    path: '/v1/prices/:id',
    handle: (call) => {
      const { turn, params } = call
      const price = find(call)
      price.active = optionalBoolean(params, 'active') ?? price.active
      price.nickname = optionalText(params, 'nickname') ?? price.nickname
      if (params.metadata !== undefined) price.metadata = metadataOf(params)
      const key = optionalText(params, 'lookup_key')
      claimLookupKey(turn, key, params, price.id)
      price.lookup_key = params.lookup_key === '' ? null : (key ?? price.lookup_key)
      turn.store.save('price', price, price.lookup_key)
      return price
    },
  },
]

/** The plans that a new sandbox sells, all monthly. */
export const seedPrices = (turn: Turn): void => {
  const plans = [
    ['starter', 'Starter', 1900, 'For one person who is getting going'],
    ['professional', 'Professional', 4900, 'For a team that sells every day'],
    ['enterprise', 'Enterprise', 19900, 'For many teams and long books'],
  ] as const
  for (const [lookupKey, name, unitAmount, description] of plans)
    createPrice(turn, {
      product: createProduct(turn, { name, description }).id,
      currency: 'usd',
      unitAmount,
      recurring: { interval: 'month', interval_count: 1, usage_type: 'licensed' },
      lookupKey,
    })
}
