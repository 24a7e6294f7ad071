import { createServer, type IncomingHttpHeaders } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'
import { type PushedPoint, readPoints } from './otlp-points.ts'
import { type PushedSpan, readSpans } from './otlp-spans.ts'

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

/** A receiver of OTLP over HTTP with protobuf, on loopback; it reads what the tests look at. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const points: PushedPoint[] = []
  const spans: PushedSpan[] = []
  const bodies: OtlpBody[] = []
  const statuses = new Map<string, number>()
  const takers = new Map<string, (body: Buffer) => void>([
    ['/v1/metrics', (body) => points.push(...readPoints(body))],
    ['/v1/traces', (body) => spans.push(...readSpans(body))],
  ])
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const path = request.url ?? ''
      const raw = Buffer.concat(chunks)
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
      bodies.push({ path, headers: request.headers, body })
      const status = statuses.get(path) ?? 200
      if (status === 200) takers.get(path)?.(body)
      response.writeHead(status, { 'content-type': 'application/x-protobuf' }).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    points,
    spans,
    bodies,
    answer: (status, path) => {
      for (const one of path === undefined ? takers.keys() : [path]) statuses.set(one, status)
    },
  }
}
