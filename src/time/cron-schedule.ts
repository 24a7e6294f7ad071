import { Cron } from 'croner'
import { AppError, check, joinErrors, messageOf } from '../errors.ts'
import { createZonedClock, type ZonedClock } from './zoned-clock.ts'

/** The instants of a cron pattern. Pure: it reads no clock and sets no timer. */
export interface CronSchedule {
  /** The first instant after `after` (ms), or null when there is none. */
  next(after: number): number | null
  /** The instants in (`after`, `through`], oldest first, at most `countMax`. */
  between(after: number, through: number, countMax: number): readonly number[]
}

/**
 * Reads a five-field cron pattern in an IANA time zone. When the clocks go forward, the times that are
 * skipped run once, together, right after the jump; when they go back, a time that comes twice runs the
 * first time. A pattern whose minute or hour field begins with `*` follows the local clock instead, as in cron(8):
 * it does not run in the gap, and runs both times in the overlap.
 * Throws `invalid_time_zone` or `invalid_cron`; a pattern that never fires is an `invalid_cron`.
 */
export function createCronSchedule(pattern: string, timeZone: string, now: number): CronSchedule {
  const errors: AppError[] = []
  const clock = check(errors, () => readZone(timeZone))
  const cron = check(errors, () => parse(pattern))
  if (clock === undefined || cron === undefined) throw joinErrors(errors)
  const nextReading = (after: number): number | null =>
    cron.nextRun(new Date(after))?.getTime() ?? null
  const findNext = followsClock(pattern) ? nextByClock : nextOfFixedTimes
  const next = (after: number): number | null => findNext(clock, nextReading, after)
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

/**
 * Whether a pattern follows the local clock over a change to or from daylight saving time. Debian's cron(8) and
 * ISC cron decide by the first character of the minute and the hour.
 */
export function followsClock(pattern: string): boolean {
  const [minute = '', hour = ''] = pattern.trim().split(/\s+/)
  return minute.startsWith('*') || hour.startsWith('*')
}

type NextReading = (after: number) => number | null

const dayMs = 86_400_000

/** Longer than the clocks of any zone go back. */
const overlapMsMax = 3 * 3_600_000

function nextOfFixedTimes(
  clock: ZonedClock,
  nextReading: NextReading,
  after: number,
): number | null {
  let reading = nextReading(clock.at(after))
  while (reading !== null) {
    const instant = clock.instantsOf(reading)[0] ?? clock.change(reading - dayMs, reading + dayMs)
    if (instant !== null && instant > after) return instant
    reading = nextReading(reading)
  }
  return null
}

function nextByClock(clock: ZonedClock, nextReading: NextReading, after: number): number | null {
  let reading = nextReading(clock.at(after))
  let found: number | undefined
  while (reading !== null && found === undefined) {
    found = clock.instantsOf(reading).find((instant) => instant > after)
    if (found === undefined) reading = nextReading(reading)
  }
  const change = clock.change(after, after + overlapMsMax)
  if (change === null || (found !== undefined && found < change)) return found ?? null
  const again = nextReading(clock.at(change) - 1)
  const repeated =
    again === null ? undefined : clock.instantsOf(again).find((instant) => instant >= change)
  if (repeated === undefined || (found !== undefined && found < repeated)) return found ?? null
  return repeated
}

/** croner also accepts dates, nicknames and `?`, for which the rules of this schedule do not hold. */
function parse(pattern: string): Cron {
  try {
    if (pattern.includes('?')) throw new Error('cron has no "?": write "*"')
    if (!/^[^:@\s]+(\s+[^:@\s]+){4}$/.test(pattern.trim())) throw new Error('not five fields')
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

function readZone(timeZone: string): ZonedClock {
  try {
    return createZonedClock(timeZone)
  } catch (cause) {
    throw new AppError(
      'invalid_time_zone',
      `the time zone "${timeZone}" is unknown: give an IANA name such as "Europe/Berlin" or "UTC"`,
      { cause },
    )
  }
}
