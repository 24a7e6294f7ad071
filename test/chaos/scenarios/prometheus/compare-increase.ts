import { withoutInstance } from '../../../support/read-series.ts'
import { allTime, business, type Sample, type ScrapingPrometheus } from './scraping.ts'

const rangeSeconds = 3_600

/** `increase()` over the series' whole life is what the ledger holds, times its own extrapolation. */
export async function compareIncrease(
  server: ScrapingPrometheus,
  totals: ReadonlyMap<string, number>,
): Promise<readonly string[]> {
  const now = Date.now() / 1000
  const at = `@ ${now.toFixed(3)}`
  const violations: string[] = []
  const samples = await server.samples(`${business}${allTime} ${at}`)
  for (const name of [
    'marketing_posts_total',
    'billing_checkout_started_total',
    'billing_payments_total',
  ]) {
    const increases = await server.query(`increase(${name}${allTime} ${at})`)
    for (const [labels, increase] of increases) {
      const series = samples.get(`${name}${labels}`) ?? []
      const [bare = ''] = withoutInstance(new Map([[`${name}${labels}`, 0]])).keys()
      const total = totals.get(bare) ?? 0
      const expected = extrapolate(series, Number(now.toFixed(3)))
      const raw = (series.at(-1)?.value ?? 0) - (series[0]?.value ?? 0)
      if (raw !== total || Math.abs(increase - expected) > 1e-6 * Math.max(1, expected))
        violations.push(
          `increase(${bare}) is ${increase} over a difference of ${raw}; the ledger holds ${total}, extrapolated ${expected}`,
        )
    }
  }
  return violations
}

/** As Prometheus does (promql/functions.go, extrapolatedRate) for a counter without resets. */
function extrapolate(samples: readonly Sample[], endSeconds: number): number {
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined || samples.length < 2) return 0
  const result = last.value - first.value
  const sampled = last.timeSeconds - first.timeSeconds
  const average = sampled / (samples.length - 1)
  const toZero = result > 0 ? sampled * (first.value / result) : Number.POSITIVE_INFINITY
  const toStart = Math.min(first.timeSeconds - (endSeconds - rangeSeconds), toZero)
  const toEnd = endSeconds - last.timeSeconds
  const threshold = average * 1.1
  const extended =
    sampled +
    (toStart < threshold ? toStart : average / 2) +
    (toEnd < threshold ? toEnd : average / 2)
  return result * (extended / sampled)
}
