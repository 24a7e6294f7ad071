import type { StripeCounter } from '../../../instrumentation/counters.ts'
import type { ListName } from '../client/lists.ts'
import { readCharge } from './charge.ts'
import { readCheckoutSession } from './checkout-session.ts'
import { chargeQuestion, readRefund } from './refund.ts'
import type { ChargeQuestion, FactContext, StripeFact } from './stripe-fact.ts'

/** Reads facts from the objects of one of Stripe's lists; throws a ZodError or `Unreadable`. */
export interface ObjectReader {
  readonly list: ListName
  /** The charge that has to be retrieved first. */
  chargeQuestion?(object: unknown): ChargeQuestion | undefined
  /** Pure. `charge` is the charge named by `chargeQuestion`. */
  read(object: unknown, context: FactContext, charge?: unknown): StripeFact | undefined
}

/** The start of a Checkout Session has no event: the sweep reads this list too. */
export const checkoutSessionList: ObjectReader = {
  list: 'checkout_sessions',
  read: (object, context) => readCheckoutSession(object, context),
}

export const refundList: ObjectReader = {
  list: 'refunds',
  chargeQuestion,
  read: (object, context, charge) => readRefund(object, context, undefined, charge),
}

/** Every list that can prove a fact without an event, by its counter. A new one is one file and one line. */
const readers: Readonly<Record<StripeCounter, readonly ObjectReader[]>> = {
  billing_payments_total: [
    { list: 'charges', read: (object, context) => readCharge(object, context) },
    refundList,
  ],
  billing_checkout_started_total: [checkoutSessionList],
}

/** The lists that the reconcile and `verify` read, in this order. */
export const objectReaders: readonly ObjectReader[] = Object.values(readers).flat()
