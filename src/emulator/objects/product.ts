import { listAnswer } from '../api/list-answer.ts'
import { metadataOf, optionalBoolean, optionalText, requiredText } from '../api/params.ts'
import type { ApiRoute } from '../api/route.ts'
import { noSuch } from '../api/stripe-error.ts'
import { create, type Turn } from '../context.ts'
import type { Metadata, Product } from './types.ts'

interface NewProduct {
  readonly name: string
  readonly description: string | null
  readonly active?: boolean
  readonly metadata?: Metadata
}

export function createProduct(turn: Turn, given: NewProduct): Product {
  return create(turn, 'product', {
    id: turn.id('product'),
    object: 'product',
    active: given.active ?? true,
    created: turn.nowSeconds,
    default_price: null,
    description: given.description,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: given.metadata ?? {},
    name: given.name,
    type: 'service',
    updated: turn.nowSeconds,
    url: null,
  })
}

export const productRoutes: readonly ApiRoute[] = [
  {
    method: 'post',
    path: '/v1/products',
    handle: ({ turn, params }) =>
      createProduct(turn, {
        name: requiredText(params, 'name'),
        description: optionalText(params, 'description'),
        active: optionalBoolean(params, 'active') ?? true,
        metadata: metadataOf(params),
      }),
  },
  {
    method: 'get',
    path: '/v1/products',
    handle: (call) => listAnswer(call, 'product', '/v1/products'),
  },
  {
    method: 'get',
    path: '/v1/products/:id',
    handle: ({ turn, id }) => {
      const product = turn.store.find('product', id)
      if (!product) throw noSuch('product', id, 'id', 404)
      return product
    },
  },
]
