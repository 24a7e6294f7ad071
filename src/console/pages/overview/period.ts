import type { StatsRange } from '../../../ledger/read/stats.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

interface Period {
  readonly name: string
  /** What comes before it, in a sentence: "compared with the day before". */
  readonly before: string
  readonly intervalMs: number
  readonly intervalCount: number
  /** Periods of days begin at midnight in UTC, the others with an hour. */
  readonly alignMs: number
}

/** The periods of the overview, by their value in the URL. */
export const periods = {
  today: {
    name: 'Today',
    before: 'yesterday by this hour',
    intervalMs: hourMs,
    intervalCount: 24,
    alignMs: dayMs,
  },
  '24h': {
    name: '24 h',
    before: 'the 24 h before',
    intervalMs: hourMs,
    intervalCount: 24,
    alignMs: hourMs,
  },
  '7d': {
    name: '7 d',
    before: 'the 7 d before',
    intervalMs: 6 * hourMs,
    intervalCount: 28,
    alignMs: 6 * hourMs,
  },
  '30d': {
    name: '30 d',
    before: 'the 30 d before',
    intervalMs: dayMs,
    intervalCount: 30,
    alignMs: dayMs,
  },
  '1y': {
    name: '1 y',
    before: 'the year before',
    intervalMs: 7 * dayMs,
    intervalCount: 52,
    alignMs: dayMs,
  },
} as const satisfies Record<string, Period>

export type PeriodName = keyof typeof periods

/** The period that a URL names; the last 7 days for none and for an unknown one. */
export function readPeriod(query: URLSearchParams): PeriodName {
  const given = query.get('period') ?? ''
  return isPeriod(given) ? given : '7d'
}

function isPeriod(name: string): name is PeriodName {
  return Object.hasOwn(periods, name)
}

export interface PeriodRanges {
  readonly range: StatsRange
  /** The period before, up to the same hour of it as it is now, so that a period under way compares fairly. */
  readonly before: StatsRange
}

/** The intervals of a period up to the one that contains `now`, and the period before it. In UTC. */
export function rangesOf(period: PeriodName, now: number): PeriodRanges {
  const { intervalMs, intervalCount, alignMs } = periods[period]
  const lengthMs = intervalMs * intervalCount
  const from = (Math.floor(now / alignMs) + 1) * alignMs - lengthMs
  const elapsedMs = (Math.floor(now / hourMs) + 1) * hourMs - from
  const to = from + Math.ceil(elapsedMs / intervalMs) * intervalMs
  return {
    range: { from, to, intervalMs },
    before: { from: from - lengthMs, to: from - lengthMs + elapsedMs, intervalMs },
  }
}
