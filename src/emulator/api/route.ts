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
 * One call of Stripe's API. Throwing a StripeError rolls the call back; returning one commits what happened,
 * such as a declined charge.
 */
export interface ApiRoute {
  readonly method: 'get' | 'post' | 'delete'
  readonly path: string
  /** The parameters that Stripe accepts here; undefined accepts any. */
  readonly accepts?: readonly string[]
  readonly handle: (call: Call) => object | StripeError
}
