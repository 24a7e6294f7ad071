import { messageOf } from '../../errors.ts'
import type { HttpClient } from '../webhooks/http-client.ts'
import { readCounters, type Series } from './counters.ts'

export interface Connection {
  readonly webhookUrl: string
  readonly apiUrl: string
  readonly apiKey?: string
  readonly metricsUrl: string
  /** The `Authorization` header that the metrics ask for. */
  readonly metricsAuthorization?: string
}

export type Result<T> = { readonly ok: T } | { readonly error: string }

/** The shop's access to the service, from the emulator's server side. */
export interface ServiceLink {
  connection(): Connection | null
  /** Starts a checkout through our API that returns to the shop. Returns the payment page's address. */
  startCheckout(plan: string, price: string | undefined): Promise<Result<string>>
  readCounters(): Promise<Result<readonly Series[]>>
}

const checkoutTimeoutMs = 30_000
const countersTimeoutMs = 2_000
const notConnected = 'The service is not connected to the emulator yet. Try again in a moment.'

export function createServiceLink(
  client: HttpClient,
  connection: () => Connection | null,
  shopUrl: () => string,
): ServiceLink {
  return {
    connection,
    startCheckout: async (plan, price) => {
      const to = connection()
      if (!to) return { error: notConnected }
      try {
        const { status, body } = await client.send(
          new URL('/v1/checkout-sessions', to.apiUrl).href,
          {
            method: 'POST',
            headers: {
              'content-type': 'application/json',
              ...(to.apiKey === undefined ? {} : { authorization: `Bearer ${to.apiKey}` }),
            },
            body: JSON.stringify({
              plan,
              ...(price === undefined ? {} : { price }),
              success_url: `${shopUrl()}/?checkout=paid`,
              cancel_url: `${shopUrl()}/?checkout=cancelled`,
            }),
            timeoutMs: checkoutTimeoutMs,
          },
        )
        const { url, detail } = readAnswer(body)
        if (status === 201 && url !== undefined) return { ok: url }
        return { error: detail ?? `The service answered ${status} without saying why.` }
      } catch (cause) {
        return { error: `The service could not be reached (${messageOf(cause)}).` }
      }
    },
    readCounters: async () => {
      const to = connection()
      if (!to) return { error: notConnected }
      try {
        const { metricsAuthorization: authorization } = to
        const call = {
          method: 'GET',
          timeoutMs: countersTimeoutMs,
          ...(authorization !== undefined && { headers: { authorization } }),
        } as const
        const { status, body } = await client.send(to.metricsUrl, call)
        if (status === 200) return { ok: readCounters(body) }
        return { error: `The counters are not available right now (${status}).` }
      } catch (cause) {
        return { error: `The counters cannot be read (${messageOf(cause)}).` }
      }
    },
  }
}

function readAnswer(body: string): { url?: string; detail?: string } {
  try {
    const answer: unknown = JSON.parse(body)
    if (typeof answer !== 'object' || answer === null) return {}
    const url = 'url' in answer && typeof answer.url === 'string' ? answer.url : undefined
    const detail =
      'detail' in answer && typeof answer.detail === 'string' ? answer.detail : undefined
    return { ...(url === undefined ? {} : { url }), ...(detail === undefined ? {} : { detail }) }
  } catch {
    return {}
  }
}
