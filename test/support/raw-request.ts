import { once } from 'node:events'
import { type IncomingHttpHeaders, request } from 'node:http'
import { text } from 'node:stream/consumers'

export interface RawAnswer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** A request whose `Host`, `Origin` and `Sec-Fetch-*` are what the test says, which `fetch` forbids. */
export async function rawRequest(
  url: string,
  method: string,
  headers: Readonly<Record<string, string | string[]>> = {},
  body?: string | Buffer,
): Promise<RawAnswer> {
  const sending = request(url, { method, headers, agent: false })
  sending.end(body)
  const [answer] = await once(sending, 'response')
  return { status: answer.statusCode, headers: answer.headers, text: await text(answer) }
}
