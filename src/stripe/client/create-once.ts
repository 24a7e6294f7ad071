import { hash } from 'node:crypto'
import type Stripe from 'stripe'
import { isMissing, spentKeyError } from './stripe-error.ts'

export interface CreatedEndpoint {
  readonly id: string
  /** Undefined where Stripe does not repeat it. */
  readonly secret: string | undefined
}

interface Answer {
  readonly id: string
  readonly secret?: string | undefined
  readonly lastResponse: { readonly headers: Readonly<Record<string, string>> }
}

interface Creation {
  readonly key: string
  readonly create: (key: string) => Promise<Answer>
  readonly retrieve: (id: string) => Promise<unknown>
}

/** An idempotency key that follows from what is created, so that a run that was interrupted creates nothing twice. */
export function setupKeyOf(parts: readonly string[]): string {
  return `countinghouse-setup-${hash('sha256', JSON.stringify(parts)).slice(0, 32)}`
}

/**
 * Creates something that Stripe does not know by a name of ours and that a list has just shown to be missing. A repeated key
 * replays the first answer, secret included, for at least a day: https://docs.stripe.com/api/idempotent_requests. What was
 * deleted since, or failed at Stripe, is created again. `create` must not retry: its second try would look like a later run.
 */
export async function createOnce({ key, create, retrieve }: Creation): Promise<CreatedEndpoint> {
  try {
    const { id, secret, lastResponse } = await create(key)
    const isReplayed = lastResponse.headers['idempotent-replayed'] === 'true'
    if (!isReplayed || (await exists(id, retrieve))) return { id, secret }
  } catch (cause) {
    if (!isSpent(cause)) throw cause
  }
  return createOnce({ key: setupKeyOf([key]), create, retrieve })
}

/** Whether Stripe repeats the failure of an earlier request with the same key. */
export function isSpent(cause: unknown): boolean {
  return spentKeyError(cause) !== undefined
}

async function exists(id: string, retrieve: Creation['retrieve']): Promise<boolean> {
  try {
    await retrieve(id)
    return true
  } catch (cause) {
    if (
      isMissing(cause) ||
      (cause instanceof Error && 'statusCode' in cause && cause.statusCode === 404)
    )
      return false
    throw cause
  }
}

/** Thin events have no API version: https://docs.stripe.com/api/v2/core/event_destinations/create */
export function createThinEndpoint(
  stripe: Stripe,
  { url, events }: { readonly url: string; readonly events: readonly string[] },
): Promise<CreatedEndpoint> {
  const { eventDestinations } = stripe.v2.core
  return createOnce({
    key: setupKeyOf(['thin', url, ...events]),
    create: async (key) => {
      const created = await eventDestinations.create(
        {
          name: 'countinghouse',
          description: 'countinghouse: events that Stripe failed to generate',
          type: 'webhook_endpoint',
          event_payload: 'thin',
          enabled_events: [...events],
          webhook_endpoint: { url },
          include: ['webhook_endpoint.signing_secret', 'webhook_endpoint.url'],
        },
        { idempotencyKey: key, maxNetworkRetries: 0 },
      )
      const { id, lastResponse, webhook_endpoint: endpoint } = created
      return { id, lastResponse, secret: endpoint?.signing_secret ?? undefined }
    },
    retrieve: (id) => eventDestinations.retrieve(id),
  })
}
