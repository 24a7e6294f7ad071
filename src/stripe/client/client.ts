import Stripe from 'stripe'

export interface StripeClientOptions {
  readonly secretKey: string
  /** `https://api.stripe.com`, or another server that speaks Stripe's API. */
  readonly apiBase: string
  /** Told the `Date` of every answer, in milliseconds; not that of a server error, which may be a proxy's. */
  readonly onDate?: (date: number) => void
}

/** Stripe's own client with limits set: 10 s a call, two retries, no telemetry. */
export function createStripeClient({ secretKey, apiBase, onDate }: StripeClientOptions): Stripe {
  const { protocol, hostname, port } = new URL(apiBase)
  return new Stripe(secretKey, {
    host: hostname,
    port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
    protocol: protocol === 'http:' ? 'http' : 'https',
    timeout: 10_000,
    maxNetworkRetries: 2,
    telemetry: false,
    ...(onDate === undefined
      ? {}
      : { httpClient: hearDates(Stripe.createNodeHttpClient(), onDate) }),
  })
}

type HttpClient = ReturnType<typeof Stripe.createNodeHttpClient>

function hearDates(client: HttpClient, onDate: (date: number) => void): HttpClient {
  return {
    getClientName: () => client.getClientName(),
    makeRequest: async (...request) => {
      const response = await client.makeRequest(...request)
      const date = Date.parse(String(response.getHeaders().date))
      if (response.getStatusCode() < 500 && !Number.isNaN(date)) onDate(date)
      return response
    },
  }
}
