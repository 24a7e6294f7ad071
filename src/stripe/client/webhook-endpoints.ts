import type Stripe from 'stripe'
import { callStripe } from './stripe-error.ts'

/** Where Stripe sends events. */
export interface WebhookEndpoint {
  readonly id: string
  /** Milliseconds, by Stripe's clock. */
  readonly createdAt: number
  readonly url: string
  readonly status: string
  /** Types, or `*` for all. */
  readonly enabledEvents: readonly string[]
  /** Null means the account's default version. */
  readonly apiVersion: string | null
  readonly metadata: Readonly<Record<string, string>>
}

/** All endpoints of the account; Stripe allows fewer than fit on a page. */
export function listWebhookEndpoints(stripe: Stripe): Promise<readonly WebhookEndpoint[]> {
  return callStripe('listing the webhook endpoints', async () => {
    const { data } = await stripe.webhookEndpoints.list({ limit: 100 })
    return data.map((endpoint) => ({
      id: endpoint.id,
      createdAt: endpoint.created * 1000,
      url: endpoint.url,
      status: endpoint.status,
      enabledEvents: endpoint.enabled_events,
      apiVersion: endpoint.api_version,
      metadata: endpoint.metadata,
    }))
  })
}
