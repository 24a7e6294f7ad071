import { z } from 'zod'

/** Everything that our service acknowledged with a 2xx: from then on it may never be lost. */
export interface Acknowledged {
  /** Keys of facts. */
  readonly keys: Set<string>
  /** Ids of posts, whose facts carry them as evidence. */
  readonly posts: Set<string>
  /** When a key or a post was first acknowledged, by the clock on the wall: it was recorded before. */
  at(id: string): number
  readonly size: number
}

/** Remembers when each was added first. */
class StampedSet extends Set<string> {
  readonly #times = new Map<string, number>()

  override add(id: string): this {
    if (!this.has(id)) this.#times.set(id, Date.now())
    return super.add(id)
  }

  at(id: string): number | undefined {
    return this.#times.get(id)
  }
}

export function createAcknowledged(): Acknowledged {
  const keys = new StampedSet()
  const posts = new StampedSet()
  return {
    keys,
    posts,
    at: (id) => keys.at(id) ?? posts.at(id) ?? Number.POSITIVE_INFINITY,
    get size() {
      return keys.size + posts.size
    },
  }
}

const eventSchema = z.object({
  id: z.string(),
  type: z.string(),
  data: z.object({
    object: z.object({
      id: z.string(),
      status: z.string().nullish(),
      latest_charge: z.string().nullish(),
      metadata: z.record(z.string(), z.string()).nullish(),
      last_payment_error: z
        .object({ code: z.string().nullish(), charge: z.string().nullish() })
        .nullish(),
    }),
  }),
})

type Event = z.infer<typeof eventSchema>

/** The fact that an event reports, by the design's table and not by our code; undefined for none. */
export function keyOfEvent(body: string): string | undefined {
  const event = eventSchema.parse(JSON.parse(body))
  return keysByType[event.type]?.(event)
}

function refund({ data }: Event): string | undefined {
  return data.object.status === 'succeeded' ? `payment:refunded:${data.object.id}` : undefined
}

function checkout({ data }: Event): string | undefined {
  return data.object.metadata?.plan === undefined ? undefined : `checkout:${data.object.id}`
}

const keysByType: Readonly<Record<string, (event: Event) => string | undefined>> = {
  'payment_intent.succeeded': ({ data }) => `payment:success:${data.object.id}`,
  'payment_intent.payment_failed': ({ id, data }) => {
    const { last_payment_error: error, latest_charge: latest } = data.object
    const made =
      error?.charge ??
      (error?.code === 'payment_intent_authentication_failure' ? undefined : latest)
    return `payment:failed:${made ?? id}`
  },
  'refund.created': refund,
  'refund.updated': refund,
  'charge.refund.updated': refund,
  'checkout.session.completed': checkout,
  'checkout.session.expired': checkout,
}
