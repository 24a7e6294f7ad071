import { listAnswer } from '../api/list-answer.ts'
import { metadataOf, optionalBoolean, optionalText, requiredText } from '../api/params.ts'
import type { ApiRoute } from '../api/route.ts'
import { alreadyExists, noSuch } from '../api/stripe-error.ts'
import { create, type UnitOfWork } from '../context.ts'
import type { Metadata, Product } from './types.ts'

interface NewProduct {
  /** The caller's choice; it must not be taken: https://docs.stripe.com/api/products/create#create_product-id */
  readonly id?: string | null
  readonly name: string
  readonly description: string | null
  readonly active?: boolean
  readonly metadata?: Metadata
}

export function createProduct(unit: UnitOfWork, given: NewProduct): Product {
  return create(unit, 'product', {
    id: given.id ?? unit.id('product'),
    object: 'product',
    active: given.active ?? true,
    created: unit.nowSeconds,
    default_price: null,
    description: given.description,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: given.metadata ?? {},
    name: given.name,
    type: 'service',
    updated: unit.nowSeconds,
    url: null,
  })
}

export const productRoutes: readonly ApiRoute[] = [
  {
    method: 'post',
    path: '/v1/products',
    handle: ({ unit, params }) => {
      const id = optionalText(params, 'id')
      if (id !== null && unit.store.findAny(id) !== undefined) throw alreadyExists('Product', id)
      return createProduct(unit, {
        id,
        name: requiredText(params, 'name'),
        description: optionalText(params, 'description'),
        active: optionalBoolean(params, 'active') ?? true,
        metadata: metadataOf(params),
      })
    },
  },
  {
    method: 'post',
    path: '/v1/products/:id',
    handle: ({ unit, params, id }) => {
      const product = unit.store.find('product', id)
      if (!product) throw noSuch('product', id, 'id', 404)
      product.active = optionalBoolean(params, 'active') ?? product.active
      product.name = optionalText(params, 'name') ?? product.name
      product.updated = unit.nowSeconds
      unit.store.save('product', product, null)
      return product
    },
  },
  {
    method: 'get',
    path: '/v1/products',
    handle: (call) => listAnswer(call, 'product', '/v1/products'),
  },
  {
    method: 'get',
    path: '/v1/products/:id',
    handle: ({ unit, id }) => {
      const product = unit.store.find('product', id)
      if (!product) throw noSuch('product', id, 'id', 404)
      return product
    },
  },
]
