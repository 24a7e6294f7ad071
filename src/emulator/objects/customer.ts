import { listAnswer } from '../api/list-answer.ts'
import { metadataOf, optionalText } from '../api/params.ts'
import type { ApiRoute } from '../api/route.ts'
import { noSuch } from '../api/stripe-error.ts'
import { create, type UnitOfWork } from '../context.ts'
import { emit } from '../webhooks/emit.ts'
import type { Metadata, StripeObject } from './types.ts'

interface NewCustomer {
  readonly email: string | null
  readonly name?: string | null
  readonly metadata?: Metadata
}

export function createCustomer(unit: UnitOfWork, given: NewCustomer): StripeObject {
  const customer = create(unit, 'customer', {
    id: unit.id('customer'),
    object: 'customer',
    balance: 0,
    created: unit.nowSeconds,
    currency: null,
    default_source: null,
    delinquent: false,
    description: null,
    email: given.email,
    livemode: false,
    metadata: given.metadata ?? {},
    name: given.name ?? null,
    phone: null,
  })
  emit(unit, 'customer.created', customer)
  return customer
}

export const customerRoutes: readonly ApiRoute[] = [
  {
    method: 'post',
    path: '/v1/customers',
    handle: ({ unit, params }) =>
      createCustomer(unit, {
        email: optionalText(params, 'email'),
        name: optionalText(params, 'name'),
        metadata: metadataOf(params),
      }),
  },
  {
    method: 'get',
    path: '/v1/customers',
    handle: (call) => listAnswer(call, 'customer', '/v1/customers'),
  },
  {
    method: 'get',
    path: '/v1/customers/:id',
    handle: ({ unit, id }) => {
      const customer = unit.store.find('customer', id)
      if (!customer) throw noSuch('customer', id, 'id', 404)
      return customer
    },
  },
]
