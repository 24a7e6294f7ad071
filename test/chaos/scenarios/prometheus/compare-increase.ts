import { isDeepStrictEqual } from 'node:util'
import { withoutInstance } from '../../../support/read-series.ts'
import { allTime, business, type Sample, type ScrapingPrometheus } from '../../harness/scraping.ts'

const rangeSeconds = 3_600

const counters = [
  'marketing_posts_total',
  'billing_checkout_started_total',
  'billing_payments_total',
]

/** `increase()` over the series' whole life is what the ledger holds, times its own extrapolation. */
export async function compareIncrease(
  server: ScrapingPrometheus,
  totals: ReadonlyMap<string, number>,
): Promise<readonly string[]> {
  const { samples, increases, endSeconds } = await readStill(server)
  return increases.flatMap(([name, increase]) => {
    const series = samples.get(name) ?? []
    const [bare = ''] = withoutInstance(new Map([[name, 0]])).keys()
    const total = totals.get(bare) ?? 0
    const expected = extrapolate(series, endSeconds)
    const raw = (series.at(-1)?.value ?? 0) - (series[0]?.value ?? 0)
    return raw !== total || Math.abs(increase - expected) > 1e-6 * Math.max(1, expected)
      ? [
          `increase(${bare}) is ${increase} over a difference of ${raw}; the ledger holds ${total}, extrapolated ${expected}`,
        ]
      : []
  })
}

interface Still {
  readonly samples: ReadonlyMap<string, readonly Sample[]>
  /** By series, as `samples` names them. */
  readonly increases: readonly (readonly [name: string, increase: number])[]
  readonly endSeconds: number
}

/** A scrape that began before this instant may be stored between two queries: reads until none was. */
async function readStill(server: ScrapingPrometheus): Promise<Still> {
  const endSeconds = Number((Date.now() / 1000).toFixed(3))
  const at = `@ ${endSeconds.toFixed(3)}`
  const readSamples = () => server.samples(`${business}${allTime} ${at}`)
  let samples = await readSamples()
  for (;;) {
    const increases: (readonly [string, number])[] = []
    for (const name of counters)
      for (const [labels, increase] of await server.query(`increase(${name}${allTime} ${at})`))
        increases.push([`${name}${labels}`, increase])
    const after = await readSamples()
    if (isDeepStrictEqual(after, samples)) return { samples, increases, endSeconds }
    samples = after
  }
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
