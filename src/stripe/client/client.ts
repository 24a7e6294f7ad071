import { type AgentOptions, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import Stripe from 'stripe'
import { boundAnswers } from './bounded-answers.ts'

export interface StripeClientOptions {
  readonly secretKey: string
  /** The account that calls apply to, for an organisation key. */
  readonly account?: string | undefined
  /** `https://api.stripe.com`, or another server with Stripe's API, with an optional base path. */
  readonly apiBase: string
  /** What the requests go through; undefined if nothing. */
  readonly proxy?: AgentOptions['proxyEnv']
  /** Called with the `Date` of every response, in milliseconds, except server errors, which may come from a proxy. */
  readonly onDate?: (date: number) => void
}

/**
 * Stripe's own client with a 10 s timeout per call, two retries and no telemetry. With an organisation key,
 * each call names the account in `Stripe-Context` (docs.stripe.com/keys/organization-api-keys).
 */
export function createStripeClient(options: StripeClientOptions): Stripe {
  const { secretKey, account, apiBase, proxy, onDate } = options
  const { protocol, hostname, port, pathname } = new URL(apiBase)
  const agent = new (protocol === 'http:' ? HttpAgent : HttpsAgent)({
    keepAlive: true,
    proxyEnv: proxy,
  })
  const bounded = boundAnswers(Stripe.createNodeHttpClient(agent))
  const client = below(pathname.replace(/\/$/, ''), bounded)
  return new Stripe(secretKey, {
    host: hostname,
    port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
    protocol: protocol === 'http:' ? 'http' : 'https',
    timeout: 10_000,
    maxNetworkRetries: 2,
    telemetry: false,
    ...(account !== undefined && secretKey.startsWith('sk_org_') && { stripeContext: account }),
    httpClient: onDate === undefined ? client : hearDates(client, onDate),
  })
}

type HttpClient = ReturnType<typeof Stripe.createNodeHttpClient>

/** Stripe's client accepts a host without a path, so the path is prepended to each request. */
function below(path: string, client: HttpClient): HttpClient {
  if (path === '') return client
  return {
    getClientName: () => client.getClientName(),
    makeRequest: (host, port, requestPath, ...rest) =>
      client.makeRequest(host, port, `${path}${requestPath}`, ...rest),
  }
}

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
