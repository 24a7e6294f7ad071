import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import type { MetricReader } from '@opentelemetry/sdk-metrics'

export interface ScrapeOptions {
  /** Reads the committed totals and settles; rejects, saying why, when the truth cannot be told. */
  readonly settle: () => Promise<void>
  readonly readers: readonly MetricReader[]
  readonly timeoutMs: number
  readonly onRefused: (reason: string) => void
}

const pageHeaders = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }
const plainHeaders = { 'content-type': 'text/plain; charset=utf-8' }

/**
 * `/metrics` as a fetch handler. Scrapes that come together share one reading. Answers 503 when the
 * totals cannot be read, so that Prometheus shows `up` = 0 instead of a flat line.
 */
export const createScrape = (options: ScrapeOptions): ((request: Request) => Promise<Response>) => {
  let reading: Promise<string> | undefined

  const read = (): Promise<string> => {
    reading ??= withTimeout(readPage(options), options.timeoutMs).finally(() => {
      reading = undefined
    })
    return reading
  }

  return async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname !== '/metrics')
      return new Response('not here: the metrics are at /metrics\n', {
        status: 404,
        headers: plainHeaders,
      })
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
      return new Response(`the counters cannot be told: ${reason}\n`, {
        status: 503,
        headers: plainHeaders,
      })
    }
  }
}

const readPage = async ({ settle, readers }: ScrapeOptions): Promise<string> => {
  await settle()
  const pages = await Promise.all(readers.map(readGroup))
  return pages.join('')
}

/** No target info and no scope labels: a release must not start new series. */
const readGroup = async (reader: MetricReader): Promise<string> => {
  const { resourceMetrics, errors } = await reader.collect()
  if (errors.length > 0) throw new Error(`collecting failed: ${errors.map(String).join('; ')}`)
  return new PrometheusSerializer('', false, undefined, true, true).serialize(resourceMetrics)
}

const withTimeout = async <T>(work: Promise<T>, timeoutMs: number): Promise<T> => {
  const { promise: expired, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(new Error(`reading the totals took longer than ${timeoutMs} ms`)),
    timeoutMs,
  )
  try {
    return await Promise.race([work, expired])
  } finally {
    clearTimeout(timer)
  }
}
