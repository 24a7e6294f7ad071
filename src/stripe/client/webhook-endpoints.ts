import type Stripe from 'stripe'
import { callStripe } from './stripe-error.ts'

/** Where Stripe sends events. */
export interface WebhookEndpoint {
  readonly url: string
  readonly status: string
  /** Types, or `*` for all. */
  readonly enabledEvents: readonly string[]
  /** Null means the account's default version. */
  readonly apiVersion: string | null
}

/** All endpoints of the account; Stripe allows fewer than fit on a page. */
export function listWebhookEndpoints(stripe: Stripe): Promise<readonly WebhookEndpoint[]> {
  return callStripe('listing the webhook endpoints', async () => {
    const { data } = await stripe.webhookEndpoints.list({ limit: 100 })
    return data.map(({ url, status, enabled_events, api_version }) => ({
      url,
      status,
      enabledEvents: enabled_events,
      apiVersion: api_version,
    }))
  })
}
