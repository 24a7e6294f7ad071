import type { Attributes, Meter } from '@opentelemetry/api'
import { knownMethod } from './known-method.ts'

export interface HandledRequest {
  readonly method: string
  /** The route's pattern; undefined if no route matched. */
  readonly route: string | undefined
  readonly status: number
  readonly seconds: number
}

/** From the OpenTelemetry semantic conventions for HTTP, `http.server.request.duration`. */
const bucketsSeconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/**
 * The standard duration histogram by method, route and status. The name includes the unit, so that it is
 * the same for a scrape and an OTLP receiver. Attribute objects are reused: there are few of them.
 */
export function createHttpDuration(meter: Meter): (request: HandledRequest) => void {
  const histogram = meter.createHistogram('http_server_request_duration_seconds', {
    description: 'Duration of HTTP server requests.',
    unit: 's',
    advice: { explicitBucketBoundaries: bucketsSeconds },
  })
  const known = new Map<string, Attributes>()

  const attributesOf = ({ method, route, status }: HandledRequest): Attributes => {
    const key = `${status} ${method} ${route}`
    const found = known.get(key)
    if (found !== undefined) return found
    const attributes = Object.freeze({
      'http.request.method': method,
      ...(route === undefined ? {} : { 'http.route': route }),
      'http.response.status_code': status,
    })
    known.set(key, attributes)
    return attributes
  }

  return (request) => {
    const method = knownMethod(request.method)
    histogram.record(request.seconds, attributesOf({ ...request, method }))
  }
}
