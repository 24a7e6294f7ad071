import fc from 'fast-check'
import { AppError } from '../../../src/errors.ts'
import { createCronSchedule } from '../../../src/time/cron-schedule.ts'
import { inProcess } from '../in-process.ts'
import { mutated } from '../mutate.ts'
import type { FuzzTarget } from '../target.ts'

/** One field of a pattern, mostly within its range. */
function field(min: number, max: number, ...names: readonly string[]): fc.Arbitrary<string> {
  const number = fc.integer({ min, max }).map(String)
  const value = names.length === 0 ? number : fc.oneof(number, fc.constantFrom(...names))
  const range = fc.tuple(value, value).map(([from, to]) => `${from}-${to}`)
  const stepped = fc
    .tuple(fc.oneof(fc.constant('*'), range), fc.integer({ min: 0, max: max + 2 }))
    .map(([span, step]) => `${span}/${step}`)
  const list = fc
    .array(fc.oneof(value, range, stepped), { minLength: 1, maxLength: 8 })
    .map((parts) => parts.join(','))
  return fc.oneof({ weight: 3, arbitrary: fc.constant('*') }, value, range, stepped, list)
}

const months = ['JAN', 'feb', 'Dec']
const weekdays = ['MON', 'sun', 'Fri']
const wellFormed = fc
  .tuple(
    field(0, 59),
    field(0, 23),
    field(1, 31),
    field(1, 12, ...months),
    field(0, 7, ...weekdays),
  )
  .map((fields) => fields.join(' '))

/** Rare days, for which a calendar has to search far ahead. */
const rare = fc
  .tuple(
    field(0, 59),
    fc.constantFrom('29 2', '31 2', '30 2', '31 4,6', 'L 2', '29W 2', '31 2,4,6,9,11'),
    field(0, 7),
  )
  .map(([minute, days, weekday]) => `${minute} 0 ${days} ${weekday}`)

const patterns = fc.oneof(
  { weight: 6, arbitrary: wellFormed },
  { weight: 1, arbitrary: rare },
  { weight: 3, arbitrary: mutated(fc.oneof(wellFormed, rare), '*/-,?LW#0123456789 \t@:+.MONJAN') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 120 }) },
)

const known = fc.constantFrom(
  ...Intl.supportedValuesOf('timeZone'),
  'UTC',
  'PST',
  'EST5EDT',
  'Etc/GMT+12',
)
const zones = fc.oneof(
  { weight: 6, arbitrary: known },
  { weight: 2, arbitrary: mutated(known, '/_+-:0159 aZ\0') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '+05:30',
      '-00:00',
      '+24:00',
      '',
      ' UTC',
      'europe/berlin',
      '__proto__',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
)

/** From 1990 to 2090, in milliseconds. */
const instants = fc.integer({ min: 631_152_000_000, max: 3_786_912_000_000 })

const refusals: ReadonlySet<string> = new Set(['invalid_cron', 'invalid_time_zone'])

function check([pattern, zone, now]: readonly [string, string, number]): string {
  try {
    const schedule = createCronSchedule(pattern, zone, now)
    let after = now
    for (const instant of schedule.between(now, Number.MAX_SAFE_INTEGER, 3)) {
      if (!Number.isSafeInteger(instant) || instant <= after)
        throw new Error(`${instant} does not come after ${after}`)
      after = instant
    }
    return 'runs'
  } catch (cause) {
    if (cause instanceof AppError && refusals.has(cause.code)) return cause.code
    throw cause
  }
}

export const scheduleTarget: FuzzTarget = {
  name: 'schedules',
  sizes: { full: 100_000, small: 1_000 },
  memoryGrowthBytesMax: 10 * 1024 * 1024,
  open: async () => inProcess(fc.tuple(patterns, zones, instants), check),
}
