import { invalidField } from '../../errors.ts'
import type { StatsRange } from './stats.ts'

export type StatsInterval = 'hour' | 'day'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

const intervals = {
  hour: { ms: hourMs, countDefault: 48, countMax: 31 * 24, text: '31 days by hour' },
  day: { ms: dayMs, countDefault: 30, countMax: 1_100, text: '1,100 days by day' },
} as const satisfies Record<StatsInterval, object>

/**
 * The requested range in whole UTC intervals; the last 48 hours or 30 days by default.
 * Throws `invalid_request` when it ends before it begins or is longer than 31 or 1,100 days.
 */
export function toStatsRange(
  interval: StatsInterval,
  requested: { readonly from: number | undefined; readonly to: number | undefined },
  now: number,
): StatsRange {
  const { ms, countDefault, countMax, text } = intervals[interval]
  const to = Math.ceil((requested.to ?? now) / ms) * ms
  const from = Math.floor((requested.from ?? to - countDefault * ms) / ms) * ms
  if (from >= to) throw invalidField('query', 'from', 'give an instant before `to`')
  const count = (to - from) / ms
  if (count > countMax)
    throw invalidField(
      'query',
      'from',
      `the range has ${count} intervals, at most ${text} are returned at once: narrow it`,
    )
  return { from, to, intervalMs: ms }
}
