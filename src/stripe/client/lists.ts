import type Stripe from 'stripe'
import { z } from 'zod'
import { AppError } from '../../errors.ts'
import { callStripe, isMissing, isPermissionError } from './stripe-error.ts'

/** The lists of objects that prove facts, with or without an event. */
export type ListName = 'charges' | 'refunds' | 'checkout_sessions'
export type ObjectKind = ListName | 'payment_intents' | 'products' | 'balance_transactions'

/** Where a page begins. */
export interface PageStart {
  /** The last object of the previous page; undefined for the first page. */
  readonly startingAfter: string | undefined
  /** When that object was created, in whole seconds: the fallback if Stripe no longer has it. */
  readonly createdToSeconds: number | undefined
}

interface ListQuery extends Partial<PageStart> {
  /** Whole seconds by Stripe's clock, inclusive at both ends. */
  readonly createdFromSeconds: number
}

/** Up to 100 objects, newest first. */
export interface StripePage {
  readonly objects: readonly unknown[]
  /** Where the next page begins; undefined after the last page. */
  readonly next: PageStart | undefined
  /** Stripe's time of the response, in milliseconds; null if the response had no date. */
  readonly stripeNow: number | null
}

/** A response that is not a valid list page, or a list that never ends. Such a list is incomplete. */
export class ListFault extends AppError {
  constructor(message: string) {
    super('stripe_unavailable', message)
  }
}

/**
 * Reads events and objects from Stripe. Rejects like the other calls of the gateway; lists also reject
 * with a `ListFault`.
 */
export interface StripeLists {
  /** One page of the events of these types, at most 20. Stripe keeps them for 30 days. */
  listEvents(types: readonly string[], query: ListQuery): Promise<StripePage>
  /** One page of a list; charges include their PaymentIntent, refunds their charge. */
  listObjects(list: ListName, query: ListQuery): Promise<StripePage>
  /**
   * The object: a charge with its PaymentIntent, a refund with its charge and, if the key may read
   * it, that charge's balance transaction; undefined if Stripe has no object with this id.
   */
  retrieveObject(kind: ObjectKind, id: string): Promise<unknown>
  /** The event; undefined if Stripe does not have it. Stripe deletes events after 30 days. */
  retrieveEvent(id: string): Promise<unknown>
  /** The charge, with its balance transaction if the key may read it; undefined if there is no such charge. */
  retrieveCharge(id: string): Promise<unknown>
  /** All refunds of a charge, each with the charge expanded. */
  listRefundsOfCharge(chargeId: string): Promise<readonly unknown[]>
}

const pageLimit = 100

export function createStripeLists(stripe: Stripe): StripeLists {
  const lists = {
    charges: (query) => stripe.charges.list({ ...query, expand: ['data.payment_intent'] }),
    refunds: (query) => stripe.refunds.list({ ...query, expand: ['data.charge'] }),
    checkout_sessions: (query) => stripe.checkout.sessions.list(query),
  } satisfies Record<ListName, (query: StripeQuery) => Stripe.ApiListPromise<{ id: string }>>

  const objects = {
    charges: (id) => stripe.charges.retrieve(id, { expand: ['payment_intent'] }),
    refunds: (id) =>
      expandIfAllowed(['charge.balance_transaction'], ['charge'], (expand) =>
        stripe.refunds.retrieve(id, { expand }),
      ),
    checkout_sessions: (id) => stripe.checkout.sessions.retrieve(id),
    payment_intents: (id) => stripe.paymentIntents.retrieve(id),
    products: (id) => stripe.products.retrieve(id),
    balance_transactions: (id) => stripe.balanceTransactions.retrieve(id),
  } satisfies Record<ObjectKind, (id: string) => Promise<unknown>>

  return {
    listEvents: (types, query) =>
      listPage('events', () => stripe.events.list({ ...toStripeQuery(query), types: [...types] })),
    listObjects: (list, query) => listPage(list, () => lists[list](toStripeQuery(query))),
    retrieveObject: (kind, id) =>
      callStripe(`reading one of the ${kind}`, () => unlessMissing(() => objects[kind](id))),
    retrieveEvent: (id) =>
      callStripe('reading the event', () => unlessMissing(() => stripe.events.retrieve(id))),
    retrieveCharge: (id) =>
      callStripe('reading the charge of a refund', () =>
        unlessMissing(() =>
          expandIfAllowed(['balance_transaction'], [], (expand) =>
            stripe.charges.retrieve(id, { expand }),
          ),
        ),
      ),
    listRefundsOfCharge: (charge) =>
      callStripe('listing the refunds of a charge', () =>
        stripe.refunds
          .list({ charge, limit: pageLimit, expand: ['data.charge'] })
          .autoPagingToArray({ limit: refundsOfChargeMax }),
      ),
  }
}

/** Far more refunds than any charge has; the client's auto-pagination needs a limit. */
const refundsOfChargeMax = 10_000

async function unlessMissing(retrieve: () => Promise<unknown>): Promise<unknown> {
  try {
    return await retrieve()
  } catch (cause) {
    if (isMissing(cause)) return undefined
    throw cause
  }
}

/** A restricted key may lack permission for the expanded object, which is rarely needed. */
async function expandIfAllowed(
  wanted: string[],
  least: string[],
  retrieve: (expand: string[]) => Promise<unknown>,
): Promise<unknown> {
  try {
    return await retrieve(wanted)
  } catch (cause) {
    if (!isPermissionError(cause)) throw cause
    return retrieve(least)
  }
}

interface StripeQuery {
  readonly created: { readonly gte: number; readonly lte?: number }
  readonly limit: number
  readonly starting_after?: string
}

function toStripeQuery({
  createdFromSeconds,
  createdToSeconds,
  startingAfter,
}: ListQuery): StripeQuery {
  return {
    limit: pageLimit,
    ...(startingAfter === undefined
      ? { created: { gte: createdFromSeconds, ...toLast(createdToSeconds) } }
      : { created: { gte: createdFromSeconds }, starting_after: startingAfter }),
  }
}

function toLast(createdToSeconds: number | undefined): { readonly lte?: number } {
  return createdToSeconds === undefined ? {} : { lte: createdToSeconds }
}

/** The parts of a page that decide whether the list is complete. A missing id has an error of its own. */
const pageSchema = z.object({ data: z.array(z.unknown()), has_more: z.boolean() })
const cursorSchema = z.object({
  id: z.string().min(1),
  created: z.int().nonnegative().optional().catch(undefined),
})

async function listPage(
  list: string,
  ask: () => Stripe.ApiListPromise<{ id: string }>,
): Promise<StripePage> {
  const answer = await callStripe(`listing the ${list}`, async () => ask())
  const page = pageSchema.safeParse(answer).data
  if (page === undefined) throw new ListFault(faultOf(list, 'has no data or no has_more'))
  const date = Date.parse(answer.lastResponse.headers.date ?? '')
  return {
    objects: page.data,
    next: page.has_more ? nextOf(list, page.data) : undefined,
    stripeNow: Number.isNaN(date) ? null : date,
  }
}

function nextOf(list: string, objects: readonly unknown[]): PageStart {
  const last = objects.at(-1)
  if (last === undefined) throw new ListFault(faultOf(list, 'is empty although has_more is true'))
  const cursor = cursorSchema.safeParse(last).data
  if (cursor === undefined)
    throw new ListFault(faultOf(list, 'has has_more after an object without an id'))
  return { startingAfter: cursor.id, createdToSeconds: cursor.created }
}

function faultOf(list: string, what: string): string {
  return `a page of Stripe's ${list} ${what}: check the proxies between this machine and Stripe`
}
