import { gunzipSync } from 'node:zlib'
import { readPoints } from '../../../support/otlp-points.ts'
import { startReceiver } from '../../../support/receiver.ts'

/** What a backend for OTLP received. It keeps no bodies: a day has many. */
export interface Pushes {
  readonly url: string
  /** Pushes of the business series: the service's own metrics come in a push of their own. */
  readonly count: number
  /** Values below one that had arrived before. */
  readonly falls: readonly string[]
  /** The last value of each business series, written as on a page. */
  readonly last: ReadonlyMap<string, number>
}

const isBusiness = /^(billing|marketing)_/

/** A backend on loopback until the stack ends. */
export async function receivePushes(stack: AsyncDisposableStack): Promise<Pushes> {
  const last = new Map<string, number>()
  const falls: string[] = []
  let count = 0
  const { url } = await startReceiver((request, response, raw) => {
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
    const points = readPoints(body).filter(({ name }) => isBusiness.test(name))
    if (points.length > 0) count += 1
    for (const { name, attributes, value } of points) {
      const labels = Object.entries(attributes).map(([key, label]) => `${key}="${label}"`)
      const series = labels.length === 0 ? name : `${name}{${labels.join(',')}}`
      const before = last.get(series) ?? 0
      if (value < before) falls.push(`${series} fell from ${before} to ${value} in a push`)
      last.set(series, value)
    }
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end()
  }, stack)
  return {
    url,
    falls,
    last,
    get count() {
      return count
    },
  }
}
