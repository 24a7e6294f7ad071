import { listAnswer } from '../api/list-answer.ts'
import { metadataOf, optionalBoolean, optionalText, type Params, texts } from '../api/params.ts'
import type { ApiRoute, Call } from '../api/route.ts'
import { invalidRequest, noSuch } from '../api/stripe-error.ts'
import type { UnitOfWork } from '../context.ts'
import { priceFromParams } from '../payments/prices.ts'
import type { Price } from './types.ts'

const lookupKeysMax = 10

/** Assigns a lookup key to one price, transferring it from another one if requested. */
function claimLookupKey(unit: UnitOfWork, key: string | null, params: Params, own?: string): void {
  if (key === null) return
  const holder = unit.store.list('price', {
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
  unit.store.save('price', holder, null)
}

function find({ unit, id }: Call): Price {
  const price = unit.store.find('price', id)
  if (price) return price
  throw noSuch('price', id, 'price', 404)
}

function list(call: Call): object {
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
    handle: ({ unit, params }) => {
      claimLookupKey(unit, optionalText(params, 'lookup_key'), params)
      return priceFromParams(unit, params, (name) => name)
    },
  },
  {
    method: 'post',
    path: '/v1/prices/:id',
    handle: (call) => {
      const { unit, params } = call
      const price = find(call)
      price.active = optionalBoolean(params, 'active') ?? price.active
      price.nickname = optionalText(params, 'nickname') ?? price.nickname
      if (params.metadata !== undefined) price.metadata = metadataOf(params)
      const key = optionalText(params, 'lookup_key')
      claimLookupKey(unit, key, params, price.id)
      price.lookup_key = params.lookup_key === '' ? null : (key ?? price.lookup_key)
      unit.store.save('price', price, price.lookup_key)
      return price
    },
  },
]
