import type { CounterName } from '../../../instrumentation/counters.ts'
import type { Fact } from '../fact.ts'

export interface TotalSum {
  readonly counter: CounterName
  readonly label: string
  count: number
}

export interface HourSum {
  readonly counter: CounterName
  readonly label: string
  /** Empty if the facts have no amount. */
  readonly currency: string
  /** The hour's first millisecond. */
  readonly hour: number
  count: number
  amountMinor: number
}

const hourMs = 3_600_000

/** The increase of each total by these facts. */
export function sumByTotal(facts: readonly Fact[]): Iterable<TotalSum> {
  const sums = new Map<string, TotalSum>()
  for (const { counter, label } of facts) {
    const key = `${counter} ${label}`
    const sum = sums.get(key)
    if (sum === undefined) sums.set(key, { counter, label, count: 1 })
    else sum.count += 1
  }
  return sums.values()
}

/** The increase of each hourly sum by these facts. */
export function sumByHour(facts: readonly Fact[]): Iterable<HourSum> {
  const sums = new Map<string, HourSum>()
  for (const { counter, label, occurredAt, ...fact } of facts) {
    const currency = fact.currency ?? ''
    const amountMinor = fact.amountMinor ?? 0
    const hour = occurredAt - (occurredAt % hourMs)
    const key = `${hour} ${counter} ${label} ${currency}`
    const sum = sums.get(key)
    if (sum === undefined) sums.set(key, { counter, label, currency, hour, count: 1, amountMinor })
    else {
      sum.count += 1
      sum.amountMinor += amountMinor
    }
  }
  return sums.values()
}
