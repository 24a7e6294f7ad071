import { Cron } from 'croner'
import { AppError, messageOf } from './errors.ts'
import { createWallClock, type WallClock } from './wall-clock.ts'

/** When something recurs. Pure: it knows no clock and runs nothing. */
export interface Calendar {
  /** The first instant after `after` (ms), or null when there is none. */
  next(after: number): number | null
  /** The instants in (`after`, `through`], oldest first, at most `countMax`. */
  between(after: number, through: number, countMax: number): readonly number[]
}

/**
 * Reads a five-field cron pattern in an IANA time zone. Where the clock is put forward, the times that
 * it jumps over happen once, together, at the end of the jump; where it is put back, a time that comes
 * twice happens the first time. A pattern with `*` for the hour follows the clock instead: it does not
 * happen in a jump, and happens both times.
 * Throws `invalid_time_zone` or `invalid_cron`; a pattern that can never fire is one of the latter.
 */
export function createCalendar(pattern: string, timeZone: string, now: number): Calendar {
  const clock = readZone(timeZone)
  const cron = parse(pattern)
  const nextReading = (after: number): number | null =>
    cron.nextRun(new Date(after))?.getTime() ?? null
  const isEveryHour = pattern.trim().split(/\s+/)[1] === '*'
  const next = isEveryHour ? everyHour(clock, nextReading) : fixedHours(clock, nextReading)
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

type NextReading = (after: number) => number | null

const dayMs = 86_400_000

/** Longer than any clock is put back. */
const backMsMax = 3 * 3_600_000

function fixedHours(clock: WallClock, nextReading: NextReading) {
  return (after: number): number | null => {
    let reading = nextReading(clock.at(after))
    while (reading !== null) {
      const instant = clock.instantsOf(reading)[0] ?? clock.change(reading - dayMs, reading + dayMs)
      if (instant !== null && instant > after) return instant
      reading = nextReading(reading)
    }
    return null
  }
}

function everyHour(clock: WallClock, nextReading: NextReading) {
  return (after: number): number | null => {
    let reading = nextReading(clock.at(after))
    let found: number | undefined
    while (reading !== null && found === undefined) {
      found = clock.instantsOf(reading).find((instant) => instant > after)
      if (found === undefined) reading = nextReading(reading)
    }
    const change = clock.change(after, after + backMsMax)
    if (change === null || (found !== undefined && found < change)) return found ?? null
    const again = nextReading(clock.at(change) - 1)
    const repeated =
      again === null ? undefined : clock.instantsOf(again).find((instant) => instant >= change)
    if (repeated === undefined || (found !== undefined && found < repeated)) return found ?? null
    return repeated
  }
}

/** croner also reads dates, nicknames and `?`, for which the rules of this calendar do not hold. */
function parse(pattern: string): Cron {
  try {
    if (!/^[^:@?\s]+(\s+[^:@?\s]+){4}$/.test(pattern.trim())) throw new Error('not five fields')
    return new Cron(pattern, { utcOffset: 0, mode: '5-part', paused: true })
  } catch (cause) {
    throw new AppError(
      'invalid_cron',
      `the cron pattern "${pattern}" is not valid (${messageOf(cause)}): ` +
        'give five fields, minute hour day month weekday, such as "0 9 * * 1-5"',
      { cause },
    )
  }
}

function readZone(timeZone: string): WallClock {
  try {
    return createWallClock(timeZone)
  } catch (cause) {
    throw new AppError(
      'invalid_time_zone',
      `the time zone "${timeZone}" is unknown: give an IANA name such as "Europe/Berlin" or "UTC"`,
      { cause },
    )
  }
}
