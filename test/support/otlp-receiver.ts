import type { IncomingHttpHeaders } from 'node:http'
import type { ServerOptions } from 'node:https'
import { gunzipSync } from 'node:zlib'
import { type PushedPoint, readPoints } from './otlp-points.ts'
import { type PushedSpan, readSpans } from './otlp-spans.ts'
import { startReceiver } from './receiver.ts'
import { testStack } from './test-stack.ts'

export interface OtlpReceiver {
  readonly url: string
  /** Every point of every sum so far, in the order of arrival. */
  readonly points: PushedPoint[]
  /** Every span so far. */
  readonly spans: PushedSpan[]
  /** Every body that arrived, with its headers, whatever was answered. */
  readonly bodies: OtlpBody[]
  /** What it answers from now on. */
  answer(status: number, path?: OtlpPath): void
}

interface OtlpBody {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

type OtlpPath = '/v1/metrics' | '/v1/traces'

/** A receiver of OTLP over HTTP with protobuf, on loopback; it reads what the tests look at. `tls` makes it HTTPS. */
export async function startOtlpReceiver(tls?: ServerOptions): Promise<OtlpReceiver> {
  const points: PushedPoint[] = []
  const spans: PushedSpan[] = []
  const bodies: OtlpBody[] = []
  const statuses = new Map<string, number>()
  const readers = new Map<string, (body: Buffer) => void>([
    ['/v1/metrics', (body) => points.push(...readPoints(body))],
    ['/v1/traces', (body) => spans.push(...readSpans(body))],
  ])
  const { url } = await startReceiver(
    (request, response, raw) => {
      const path = request.url ?? ''
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
      bodies.push({ path, headers: request.headers, body })
      const status = statuses.get(path) ?? 200
      if (status === 200) readers.get(path)?.(body)
      response.writeHead(status, { 'content-type': 'application/x-protobuf' }).end()
    },
    testStack(),
    tls,
  )
  return {
    url,
    points,
    spans,
    bodies,
    answer: (status, path) => {
      for (const one of path === undefined ? readers.keys() : [path]) statuses.set(one, status)
    },
  }
}
