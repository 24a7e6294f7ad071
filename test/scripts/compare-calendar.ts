import { createCronSchedule } from '../../src/time/cron-schedule.ts'
import { expectedInstants, readPattern, stretchesOf } from './calendar-truth.ts'

export interface CalendarFigures {
  instants: number
  /** Changes of the clocks within the time compared. */
  changes: number
  twice: number
  skipped: number
  invented: number
}

/** Compares the calendar with the independent calculation over whole years of one zone. */
export function compareZone(
  timeZone: string,
  patterns: readonly string[],
  years: { readonly first: number; readonly count: number },
): CalendarFigures {
  const begin = Date.UTC(years.first, 0, 1)
  const end = Date.UTC(years.first + years.count, 0, 1)
  const stretches = stretchesOf(timeZone, begin, end)
  const figures = { instants: 0, changes: stretches.length - 1, twice: 0, skipped: 0, invented: 0 }
  for (const pattern of patterns) {
    const expected = expectedInstants(readPattern(pattern), stretches)
    const schedule = createCronSchedule(pattern, timeZone, begin)
    const found = schedule.between(begin - 1, end - 1, Number.MAX_SAFE_INTEGER)
    const [wanted, had] = [new Set(expected), new Set(found)]
    figures.instants += expected.length
    figures.twice += found.length - had.size
    figures.skipped += expected.filter((instant) => !had.has(instant)).length
    figures.invented += found.filter((instant) => !wanted.has(instant)).length
  }
  return figures
}
