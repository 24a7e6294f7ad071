import type { StripeCounter } from '../../../instrumentation/counters.ts'
import type { ListName } from '../client/lists.ts'
import { readCharge } from './charge.ts'
import { readCheckoutSession } from './checkout-session.ts'
import { readRefund } from './refund.ts'
import type { FactContext, StripeFact } from './stripe-fact.ts'

/** Reads a fact out of the objects of one of Stripe's lists; throws a ZodError when it cannot be read. */
export interface ObjectReader {
  readonly list: ListName
  read(object: unknown, context: FactContext): StripeFact | undefined
}

/** The start of a Checkout Session has no event: the sweep reads this list too. */
export const checkoutSessionList: ObjectReader = {
  list: 'checkout_sessions',
  read: (object, context) => readCheckoutSession(object, context),
}

/** Every list that can prove a fact without an event, by its counter. A new one is one file and one line. */
const readers: Readonly<Record<StripeCounter, readonly ObjectReader[]>> = {
  billing_payments_total: [
    { list: 'charges', read: readCharge },
    { list: 'refunds', read: (object, context) => readRefund(object, context) },
  ],
  billing_checkout_started_total: [checkoutSessionList],
}

/** What the reconcile and verify read, one list after the other. */
export const objectReaders: readonly ObjectReader[] = Object.values(readers).flat()
