import { createServer } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'

/** One number of a pushed sum. */
export interface PushedPoint {
  readonly instanceId: string
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly value: number
  /** Milliseconds. */
  readonly startedAt: number
  readonly isCumulative: boolean
}

export interface OtlpReceiver {
  readonly url: string
  /** Every point of every sum so far, in the order of arrival. */
  readonly points: PushedPoint[]
  /** What it answers from now on. */
  answer(status: number): void
}

/** A receiver of OTLP over HTTP with protobuf, on loopback; it reads what the tests look at. */
export const startOtlpReceiver = async (): Promise<OtlpReceiver> => {
  const points: PushedPoint[] = []
  let status = 200
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const isGzip = request.headers['content-encoding'] === 'gzip'
      if (status === 200) points.push(...readRequest(isGzip ? gunzipSync(body) : body))
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
    answer: (next) => {
      status = next
    },
  }
}

type Field = { readonly number: number; readonly bytes: Buffer; readonly varint: number }

/** The fields of a protobuf message: https://protobuf.dev/programming-guides/encoding/ */
const fieldsOf = (message: Buffer): readonly Field[] => {
  const fields: Field[] = []
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++] ?? 0
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }
  while (at < message.length) {
    const tag = varint()
    const kind = tag & 7
    const number = tag >>> 3
    if (kind === 0) {
      fields.push({ number, bytes: Buffer.alloc(0), varint: varint() })
      continue
    }
    const length = kind === 2 ? varint() : kind === 1 ? 8 : 4
    fields.push({ number, bytes: message.subarray(at, at + length), varint: 0 })
    at += length
  }
  return fields
}

const all = (message: Buffer, number: number): readonly Buffer[] =>
  fieldsOf(message).flatMap((field) => (field.number === number ? [field.bytes] : []))

const first = (message: Buffer, number: number): Buffer =>
  all(message, number)[0] ?? Buffer.alloc(0)

const attributesOf = (message: Buffer, number: number): Readonly<Record<string, string>> =>
  Object.fromEntries(
    all(message, number).map((pair) => [
      first(pair, 1).toString(),
      first(first(pair, 2), 1).toString(),
    ]),
  )

const readRequest = (request: Buffer): readonly PushedPoint[] =>
  all(request, 1).flatMap((resourceMetrics) => {
    const resource = attributesOf(first(resourceMetrics, 1), 1)
    const metrics = all(resourceMetrics, 2).flatMap((scopeMetrics) => all(scopeMetrics, 2))
    return metrics.flatMap((metric) => {
      const sum = first(metric, 7)
      const isCumulative = fieldsOf(sum).some(({ number, varint }) => number === 2 && varint === 2)
      return all(sum, 1).map((point) => ({
        instanceId: resource['service.instance.id'] ?? '',
        name: first(metric, 1).toString(),
        attributes: attributesOf(point, 7),
        value: numberOf(point),
        startedAt: Number(first(point, 2).readBigUInt64LE() / 1_000_000n),
        isCumulative,
      }))
    })
  })

const numberOf = (point: Buffer): number => {
  const integer = first(point, 6)
  return integer.length === 8 ? Number(integer.readBigInt64LE()) : first(point, 4).readDoubleLE()
}
