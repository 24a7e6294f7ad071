import type Stripe from 'stripe'
import { callStripe, isMissing } from './stripe-error.ts'

/** The lists that show what happened, with or without an event. */
export type ListName = 'charges' | 'refunds' | 'checkout_sessions'
export type ObjectKind = ListName | 'payment_intents'

export interface ListQuery {
  /** Whole seconds by Stripe's clock; that second is included. */
  readonly createdFromSeconds: number
  /** The last object of the page before; undefined for the first page. */
  readonly startingAfter: string | undefined
}

/** Up to 100 objects, newest first. */
export interface StripePage {
  readonly objects: readonly unknown[]
  /** Where the next page begins; undefined after the last one. */
  readonly nextAfter: string | undefined
  /** Stripe's clock when it answered, in milliseconds; null when the answer carried no date. */
  readonly stripeNow: number | null
}

/** What Stripe can be asked about what happened. Rejects as the other calls of the gateway do. */
export interface StripeLists {
  /** One page of the events of these types, at most 20. Stripe keeps them for 30 days. */
  listEvents(types: readonly string[], query: ListQuery): Promise<StripePage>
  /** One page of a list; charges come with their PaymentIntent. */
  listObjects(list: ListName, query: ListQuery): Promise<StripePage>
  /** The object, a charge with its PaymentIntent; undefined when Stripe has none of that id. */
  retrieveObject(kind: ObjectKind, id: string): Promise<unknown>
}

const pageLimit = 100

export function createStripeLists(stripe: Stripe): StripeLists {
  const lists = {
    charges: (query) => stripe.charges.list({ ...query, expand: ['data.payment_intent'] }),
    refunds: (query) => stripe.refunds.list(query),
    checkout_sessions: (query) => stripe.checkout.sessions.list(query),
  } satisfies Record<ListName, (query: StripeQuery) => Stripe.ApiListPromise<{ id: string }>>

  const objects = {
    charges: (id) => stripe.charges.retrieve(id, { expand: ['payment_intent'] }),
    refunds: (id) => stripe.refunds.retrieve(id),
    checkout_sessions: (id) => stripe.checkout.sessions.retrieve(id),
    payment_intents: (id) => stripe.paymentIntents.retrieve(id),
  } satisfies Record<ObjectKind, (id: string) => Promise<unknown>>

  return {
    listEvents: (types, query) =>
      callStripe('listing the events', async () =>
        toPage(await stripe.events.list({ ...toStripeQuery(query), types: [...types] })),
      ),
    listObjects: (list, query) =>
      callStripe(`listing the ${list}`, async () =>
        toPage(await lists[list](toStripeQuery(query))),
      ),
    retrieveObject: (kind, id) =>
      callStripe(`reading one of the ${kind}`, async () => {
        try {
          return await objects[kind](id)
        } catch (cause) {
          if (isMissing(cause)) return undefined
          throw cause
        }
      }),
  }
}

interface StripeQuery {
  readonly created: { readonly gte: number }
  readonly limit: number
  readonly starting_after?: string
}

function toStripeQuery({ createdFromSeconds, startingAfter }: ListQuery): StripeQuery {
  return {
    created: { gte: createdFromSeconds },
    limit: pageLimit,
    ...(startingAfter === undefined ? {} : { starting_after: startingAfter }),
  }
}

function toPage({
  data,
  has_more,
  lastResponse,
}: Stripe.Response<Stripe.ApiList<{ id: string }>>): StripePage {
  const date = Date.parse(lastResponse.headers.date ?? '')
  return {
    objects: data,
    nextAfter: has_more ? data.at(-1)?.id : undefined,
    stripeNow: Number.isNaN(date) ? null : date,
  }
}
