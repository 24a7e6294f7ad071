import type { StatsSeries } from '../../../ledger/read/stats.ts'

/** The stages of the funnel in their order. */
export const stages = ['started', 'success', 'failed', 'refunded'] as const

export type Stage = (typeof stages)[number]

/** What happened in a period. */
export interface Funnel {
  readonly counts: Readonly<Record<Stage, number>>
  /** Successes for each attempt; undefined without an attempt. */
  readonly successRate: number | undefined
  /** Refunds for each success; undefined without a success. */
  readonly refundRate: number | undefined
  readonly money: ReadonlyMap<string, Money>
  /** Checkouts started, by plan. */
  readonly plans: ReadonlyMap<string, number>
}

/** In whole minor units. */
interface Money {
  readonly paidMinor: number
  readonly refundedMinor: number
}

/** Adds up the series of a period. */
export function funnelOf(series: readonly StatsSeries[]): Funnel {
  const counts = {
    started: countOf(series, 'started'),
    success: countOf(series, 'success'),
    failed: countOf(series, 'failed'),
    refunded: countOf(series, 'refunded'),
  }
  const started = series.filter((one) => isOf(one, 'started'))
  return {
    counts,
    successRate: ratio(counts.success, counts.success + counts.failed),
    refundRate: ratio(counts.refunded, counts.success),
    money: moneyOf(series),
    plans: new Map(started.map(({ label, counts: own }) => [label, sum(own)])),
  }
}

/** The number of facts of a stage in each interval. */
export function countsOf(series: readonly StatsSeries[], stage: Stage): readonly number[] {
  return addUp(series.filter((one) => isOf(one, stage)).map(({ counts }) => counts))
}

/** What was paid less what was refunded in each interval, in minor units of a currency. */
export function netOf(series: readonly StatsSeries[], currency: string): readonly number[] {
  const own = series.filter((one) => one.currency === currency)
  const paid = own.filter((one) => isOf(one, 'success')).map(({ amountsMinor }) => amountsMinor)
  const refunded = own
    .filter((one) => isOf(one, 'refunded'))
    .map(({ amountsMinor }) => amountsMinor.map((amount) => -amount))
  return addUp([...paid, ...refunded])
}

function isOf({ counter, label }: StatsSeries, stage: Stage): boolean {
  return stage === 'started'
    ? counter === 'billing_checkout_started_total'
    : counter === 'billing_payments_total' && label === stage
}

function countOf(series: readonly StatsSeries[], stage: Stage): number {
  return sum(countsOf(series, stage))
}

function moneyOf(series: readonly StatsSeries[]): ReadonlyMap<string, Money> {
  const money = new Map<string, Money>()
  for (const { counter, label, currency, amountsMinor } of series) {
    if (counter !== 'billing_payments_total' || currency === null || label === 'failed') continue
    const { paidMinor, refundedMinor } = money.get(currency) ?? { paidMinor: 0, refundedMinor: 0 }
    const amountMinor = sum(amountsMinor)
    money.set(
      currency,
      label === 'success'
        ? { paidMinor: paidMinor + amountMinor, refundedMinor }
        : { paidMinor, refundedMinor: refundedMinor + amountMinor },
    )
  }
  return money
}

function addUp(all: readonly (readonly number[])[]): readonly number[] {
  const [first = [], ...others] = all
  return first.map((value, at) => others.reduce((total, one) => total + (one[at] ?? 0), value))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function ratio(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole
}
