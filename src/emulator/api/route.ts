import type { UnitOfWork } from '../context.ts'
import type { Params } from './params.ts'
import type { StripeError } from './stripe-error.ts'

export interface Call {
  readonly unit: UnitOfWork
  readonly params: Params
  /** The id in the path, or ''. */
  readonly id: string
}

/**
 * One call of Stripe's API. A StripeError that is thrown undoes the call;
 * one that is returned is answered too, but what happened (a declined charge) stays.
 */
export interface ApiRoute {
  readonly method: 'get' | 'post' | 'delete'
  readonly path: string
  /** The parameters that Stripe knows here; without it anything goes. */
  readonly accepts?: readonly string[]
  readonly handle: (call: Call) => object | StripeError
}
