import type { IntervalSum, ReadIntervalSums } from './interval-sums.ts'

export interface StatsRange {
  /** The first instant, at the beginning of an interval, in milliseconds. */
  readonly from: number
  /** The end, exclusive, in milliseconds. */
  readonly to: number
  readonly intervalMs: number
}

export interface StatsFilter {
  readonly counter: string | undefined
  readonly label: string | undefined
  readonly currency: string | undefined
}

/** One series of a plot: a number for every interval of the range, including zeros. */
export interface StatsSeries {
  readonly counter: string
  readonly label: string
  /** Null if the facts have no amount. */
  readonly currency: string | null
  readonly counts: number[]
  readonly amountsMinor: number[]
}

/** Facts per interval by the time they occurred, for every series with facts in the range. */
export async function readStats(
  readIntervalSums: ReadIntervalSums,
  range: StatsRange,
  filter: StatsFilter,
): Promise<readonly StatsSeries[]> {
  const { from, to, intervalMs } = range
  const intervalCount = Math.ceil((to - from) / intervalMs)
  const series = new Map<string, StatsSeries>()
  for await (const sum of readIntervalSums(from, to, intervalMs)) {
    if (!isWanted(sum, filter)) continue
    const { counts, amountsMinor } = seriesOf(series, sum, intervalCount)
    const interval = (sum.start - from) / intervalMs
    counts[interval] = (counts[interval] ?? 0) + sum.count
    amountsMinor[interval] = (amountsMinor[interval] ?? 0) + sum.amount_minor
  }
  return [...series].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, one]) => one)
}

function isWanted(sum: IntervalSum, { counter, label, currency }: StatsFilter): boolean {
  return (
    (counter === undefined || sum.counter === counter) &&
    (label === undefined || sum.label === label) &&
    (currency === undefined || sum.currency === currency)
  )
}

function seriesOf(
  series: Map<string, StatsSeries>,
  { counter, label, currency }: IntervalSum,
  intervalCount: number,
): StatsSeries {
  const key = `${counter} ${label} ${currency}`
  const known = series.get(key)
  if (known !== undefined) return known
  const opened: StatsSeries = {
    counter,
    label,
    currency: currency === '' ? null : currency,
    counts: new Array<number>(intervalCount).fill(0),
    amountsMinor: new Array<number>(intervalCount).fill(0),
  }
  series.set(key, opened)
  return opened
}
