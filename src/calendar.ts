import { Cron } from 'croner'
import { AppError, messageOf } from './errors.ts'

/** When something recurs. Pure: it knows no clock and runs nothing. */
export interface Calendar {
  /** The first instant after `after` (ms), or null when there is none. */
  next(after: number): number | null
  /** The instants in (`after`, `through`], oldest first, at most `countMax`. */
  between(after: number, through: number, countMax: number): readonly number[]
}

/**
 * Reads a five-field cron pattern in an IANA time zone.
 * Throws `invalid_time_zone` or `invalid_cron`; a pattern that can never fire is one of the latter.
 */
export const createCalendar = (pattern: string, timeZone: string, now: number): Calendar => {
  assertTimeZone(timeZone)
  const cron = parse(pattern, timeZone)
  const next = (after: number): number | null => cron.nextRun(new Date(after))?.getTime() ?? null
  if (next(now) === null)
    throw new AppError(
      'invalid_cron',
      `the cron pattern "${pattern}" never fires: name a day that exists, such as "0 9 1 * *"`,
    )
  return {
    next,
    between: (after, through, countMax) => {
      const instants: number[] = []
      let instant = next(after)
      while (instant !== null && instant <= through && instants.length < countMax) {
        instants.push(instant)
        instant = next(instant)
      }
      return instants
    },
  }
}

const parse = (pattern: string, timezone: string): Cron => {
  try {
    return new Cron(pattern, { timezone, mode: '5-part', paused: true })
  } catch (cause) {
    throw new AppError(
      'invalid_cron',
      `the cron pattern "${pattern}" is not valid (${messageOf(cause)}): ` +
        'give five fields, minute hour day month weekday, such as "0 9 * * 1-5"',
      { cause },
    )
  }
}

const assertTimeZone = (timeZone: string): void => {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
  } catch (cause) {
    throw new AppError(
      'invalid_time_zone',
      `the time zone "${timeZone}" is unknown: give an IANA name such as "Europe/Berlin" or "UTC"`,
      { cause },
    )
  }
}
