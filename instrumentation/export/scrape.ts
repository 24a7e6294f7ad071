import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import type { MetricReader } from '@opentelemetry/sdk-metrics'
import type { Exposition } from '../../src/ledger/leader/exposition.ts'

export interface ScrapeOptions {
  readonly exposition: Pick<Exposition, 'expose'>
  /** The business counters, exposed only by the leader. */
  readonly business: MetricReader
  readonly service: MetricReader
  /** Why there is no page at all; undefined if there is one. */
  readonly offReason?: string | undefined
  readonly onRefused: (reason: string) => void
}

const pageHeaders = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }
const plainHeaders = { 'content-type': 'text/plain; charset=utf-8' }

/**
 * `/metrics` as a fetch handler. Concurrent scrapes share one reading. Responds with 503 when the counters
 * may not be exposed, so that Prometheus shows `up` = 0 instead of a flat line.
 */
export function createScrape(options: ScrapeOptions): (request: Request) => Promise<Response> {
  let reading: Promise<string> | undefined

  const read = (): Promise<string> => {
    reading ??= readPage(options).finally(() => {
      reading = undefined
    })
    return reading
  }

  return async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname !== '/metrics') return notFound('not here: the metrics are at /metrics')
    if (options.offReason !== undefined)
      return notFound(`the metrics are not here: ${options.offReason}`)
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return new Response('use GET\n', {
        status: 405,
        headers: { ...plainHeaders, allow: 'GET, HEAD' },
      })
    try {
      const page = await read()
      return new Response(request.method === 'HEAD' ? null : page, { headers: pageHeaders })
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      options.onRefused(reason)
      return new Response(`the counters cannot be exposed: ${reason}\n`, {
        status: 503,
        headers: plainHeaders,
      })
    }
  }
}

function notFound(text: string): Response {
  return new Response(`${text}\n`, { status: 404, headers: plainHeaders })
}

function readPage({ exposition, business, service }: ScrapeOptions): Promise<string> {
  return exposition.expose(async (role) => {
    const readers = role === 'leader' ? [business, service] : [service]
    const groups = await Promise.all(readers.map(readGroup))
    return groups.join('')
  })
}

/** The resource attribute `instance`, if present, makes a series the ledger's own. */
const constantLabels = /^instance$/

/** No target info and no scope labels: a release must not start new series. */
async function readGroup(reader: MetricReader): Promise<string> {
  const { resourceMetrics, errors } = await reader.collect()
  if (errors.length > 0) throw new Error(`collecting failed: ${errors.map(String).join('; ')}`)
  return new PrometheusSerializer('', false, constantLabels, true, true).serialize(resourceMetrics)
}
