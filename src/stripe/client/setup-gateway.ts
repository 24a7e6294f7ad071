import Stripe from 'stripe'
import { z } from 'zod'
import {
  type CreatedEndpoint,
  createOnce,
  createThinEndpoint,
  isSpent,
  setupKeyOf,
} from './create-once.ts'
import { callStripe, isMissing } from './stripe-error.ts'

/** The version in which a new endpoint sends its events: the one that our client was made for. */
export const endpointVersion = Stripe.API_VERSION
/** In the metadata of an endpoint: the idempotency key of the request that created it. */
export const setupKeyName = 'countinghouse_setup'

export interface NewPrice {
  readonly lookupKey: string
  readonly productId: string
  readonly amountMinor: number
  /** Lower case. */
  readonly currency: string
  /** Null for a price that is paid once. */
  readonly recurring: { readonly interval: Interval; readonly intervalCount: number } | null
  /** Whether the lookup key may be taken from another price. */
  readonly transferLookupKey: boolean
}

export type Interval = 'day' | 'week' | 'month' | 'year'

interface NewEndpoint {
  readonly url: string
  readonly events: readonly string[]
}

/** A destination of thin events. */
interface ThinEndpoint {
  readonly id: string
  readonly url: string | undefined
  readonly status: string
  readonly events: readonly string[]
}

/** What `npm run setup` writes at Stripe. Every call rejects like those of `StripeGateway`. */
export interface SetupGateway {
  /** Undefined if there is no such product. */
  retrieveProduct(productId: string): Promise<{ readonly active: boolean } | undefined>
  /** Also resolves if the product exists by now. */
  createProduct(productId: string, name: string): Promise<void>
  /** Resolves with the price's id. */
  createPrice(price: NewPrice): Promise<string>
  createEndpoint(endpoint: NewEndpoint): Promise<CreatedEndpoint>
  /** The secret of an endpoint that was created with this key within the last day; undefined if Stripe no longer gives it. */
  recallSecret(endpoint: NewEndpoint, id: string, key: string): Promise<string | undefined>
  /** Sets the events of an endpoint, and enables it. */
  updateEndpoint(id: string, events: readonly string[]): Promise<void>
  listThinEndpoints(): Promise<readonly ThinEndpoint[]>
  createThinEndpoint(endpoint: NewEndpoint): Promise<CreatedEndpoint>
}

export function createSetupGateway(stripe: Stripe): SetupGateway {
  return {
    retrieveProduct: (productId) =>
      callStripe('reading the product', async () => {
        try {
          return { active: (await stripe.products.retrieve(productId)).active }
        } catch (cause) {
          if (isMissing(cause)) return undefined
          throw cause
        }
      }),
    createProduct: (id, name) =>
      callStripe('creating the product', async () => {
        try {
          await stripe.products.create({ id, name })
        } catch (cause) {
          if (!isTaken(cause)) throw cause
        }
      }),
    createPrice: (price) =>
      callStripe('creating the price', async () => {
        const { id } = await stripe.prices.create(priceParameters(price))
        return id
      }),
    createEndpoint: (endpoint) =>
      callStripe('creating the webhook endpoint', () =>
        createOnce({
          key: setupKeyOf([endpoint.url, endpointVersion, ...endpoint.events]),
          create: (key) => createEndpoint(stripe, endpoint, key),
          retrieve: (id) => stripe.webhookEndpoints.retrieve(id),
        }),
      ),
    recallSecret: (endpoint, id, key) =>
      callStripe("reading the endpoint's secret", async () => {
        try {
          const answer = await createEndpoint(stripe, endpoint, key)
          return answer.id === id ? answer.secret : undefined
        } catch (cause) {
          if (isSpent(cause) || cause instanceof Stripe.errors.StripeIdempotencyError)
            return undefined
          throw cause
        }
      }),
    updateEndpoint: (id, events) =>
      callStripe('changing the webhook endpoint', async () => {
        await stripe.webhookEndpoints.update(id, {
          enabled_events: asEventTypes(events),
          disabled: false,
        })
      }),
    listThinEndpoints: () =>
      callStripe('listing the event destinations', () => listThinEndpoints(stripe)),
    createThinEndpoint: (endpoint) =>
      callStripe('creating the event destination', () => createThinEndpoint(stripe, endpoint)),
  }
}

type EventType = Stripe.WebhookEndpointCreateParams.EnabledEvent

const eventTypeList = z.array(
  z.custom<EventType>((type) => typeof type === 'string' && /^(\*|[a-z0-9_.]+)$/.test(type)),
)

function asEventTypes(events: readonly string[]): EventType[] {
  return eventTypeList.parse(events)
}

function isTaken(cause: unknown): boolean {
  return cause instanceof Stripe.errors.StripeError && cause.code === 'resource_already_exists'
}

function priceParameters(price: NewPrice): Stripe.PriceCreateParams {
  const { recurring } = price
  return {
    product: price.productId,
    currency: price.currency,
    unit_amount: price.amountMinor,
    lookup_key: price.lookupKey,
    ...(price.transferLookupKey && { transfer_lookup_key: true }),
    ...(recurring !== null && {
      recurring: { interval: recurring.interval, interval_count: recurring.intervalCount },
    }),
  }
}

async function createEndpoint(stripe: Stripe, { url, events }: NewEndpoint, key: string) {
  return stripe.webhookEndpoints.create(
    {
      url,
      enabled_events: asEventTypes(events),
      api_version: endpointVersion,
      description: 'countinghouse: payments and checkouts',
      metadata: { [setupKeyName]: key },
    },
    { idempotencyKey: key, maxNetworkRetries: 0 },
  )
}

/** All destinations of thin events; the client reads page after page. */
async function listThinEndpoints(stripe: Stripe): Promise<readonly ThinEndpoint[]> {
  const found: ThinEndpoint[] = []
  for await (const one of stripe.v2.core.eventDestinations.list({
    include: ['webhook_endpoint.url'],
  }))
    if (one.event_payload === 'thin')
      found.push({
        id: one.id,
        url: one.webhook_endpoint?.url,
        status: one.status,
        events: one.enabled_events,
      })
  return found
}
