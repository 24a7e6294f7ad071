import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import { request as secureRequest } from 'node:https'
import { text } from 'node:stream/consumers'

export interface RawAnswer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/**
 * A request whose `Host`, `Origin` and `Sec-Fetch-*` are what the test says, which `fetch` forbids, or to
 * a server whose certificate `ca` signed.
 */
export async function rawRequest(
  url: string,
  method: string,
  headers: Readonly<Record<string, string | string[]>> = {},
  body?: string | Buffer,
  ca?: Buffer,
): Promise<RawAnswer> {
  const options = { method, headers, agent: false } as const
  const sending = url.startsWith('https:')
    ? secureRequest(url, { ...options, ca })
    : request(url, options)
  sending.end(body)
  const [answer] = await once(sending, 'response')
  return { status: answer.statusCode, headers: answer.headers, text: await text(answer) }
}
