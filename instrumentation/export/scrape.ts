import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import type { MetricReader } from '@opentelemetry/sdk-metrics'
import { withTimeout } from '../../src/time/with-timeout.ts'

export interface ScrapeOptions {
  /**
   * Reads the committed totals and applies them to the counters. Answers whether this process is the leader;
   * rejects, saying why, when the truth cannot be told.
   */
  readonly applyTotals: () => Promise<boolean>
  /** The business counters: exposed by the leader alone. */
  readonly business: MetricReader
  readonly service: MetricReader
  /** A page that was begun longer ago is thrown away: somebody else may speak by then. */
  readonly pageAgeMsMax: number
  /** Resolves when what the page shows is remembered on disk, where that is needed. */
  readonly remember?: () => Promise<void>
  readonly onRefused: (reason: string) => void
}

const pageHeaders = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }
const plainHeaders = { 'content-type': 'text/plain; charset=utf-8' }

/**
 * `/metrics` as a fetch handler. Scrapes that come together share one reading. Answers 503 when the
 * totals cannot be read, so that Prometheus shows `up` = 0 instead of a flat line.
 */
export function createScrape(options: ScrapeOptions): (request: Request) => Promise<Response> {
  let reading: Promise<string> | undefined

  const read = (): Promise<string> => {
    reading ??= readPageInTime(options).finally(() => {
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

async function readPageInTime(options: ScrapeOptions): Promise<string> {
  const page = await withTimeout(readPage(options), options.pageAgeMsMax)
  if (page === undefined) throw tooOld(options.pageAgeMsMax)
  return page
}

async function readPage(options: ScrapeOptions): Promise<string> {
  const startedAt = performance.now()
  const isLeader = await options.applyTotals()
  const readers = isLeader ? [options.business, options.service] : [options.service]
  const pages = await Promise.all(readers.map(readGroup))
  if (isLeader) await options.remember?.()
  // A process that was stopped and goes on runs its timers too late to rely on them.
  if (performance.now() - startedAt > options.pageAgeMsMax) throw tooOld(options.pageAgeMsMax)
  return pages.join('')
}

function tooOld(ageMs: number): Error {
  return new Error(`reading the totals took longer than ${ageMs} ms`)
}

/** An attribute `instance` of the resource, where there is one, makes a series the ledger's own. */
const constantLabels = /^instance$/

/** No target info and no scope labels: a release must not start new series. */
async function readGroup(reader: MetricReader): Promise<string> {
  const { resourceMetrics, errors } = await reader.collect()
  if (errors.length > 0) throw new Error(`collecting failed: ${errors.map(String).join('; ')}`)
  return new PrometheusSerializer('', false, constantLabels, true, true).serialize(resourceMetrics)
}
