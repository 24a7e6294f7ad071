import Stripe from 'stripe'

export interface StripeClientOptions {
  readonly secretKey: string
  /** `https://api.stripe.com`, or another server that speaks Stripe's API. */
  readonly apiBase: string
}

/** Stripe's own client with limits set: 10 s a call, two retries, no telemetry. */
export function createStripeClient({ secretKey, apiBase }: StripeClientOptions): Stripe {
  const { protocol, hostname, port } = new URL(apiBase)
  return new Stripe(secretKey, {
    host: hostname,
    port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
    protocol: protocol === 'http:' ? 'http' : 'https',
    timeout: 10_000,
    maxNetworkRetries: 2,
    telemetry: false,
  })
}
