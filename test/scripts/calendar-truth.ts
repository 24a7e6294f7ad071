/**
 * When a pattern should fire, worked out without croner and without our own calendar: every minute of
 * the time line is asked what the clock on the wall shows, and the stated rules are applied to that.
 */
export interface Stretch {
  /** Instants in ms: from `begin` to before `end` the wall is ahead of UTC by `offset`. */
  readonly begin: number
  readonly end: number
  readonly offset: number
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** The stretches of equal offset between two whole hours, found by asking Intl for every hour. */
export function stretchesOf(timeZone: string, begin: number, end: number): readonly Stretch[] {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  const offsetAt = (instant: number): number => {
    const name = format.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value
    const [, sign, hours = '0', minutes = '0', seconds = '0'] =
      /GMT([+-])(\d\d):?(\d\d)?:?(\d\d)?/.exec(name ?? '') ?? []
    const size = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)
    return (sign === '-' ? -size : size) * 1000
  }
  const stretches: Stretch[] = []
  let from = begin
  let offset = offsetAt(begin)
  for (let hour = begin; hour < end; hour += hourMs) {
    if (offsetAt(hour + hourMs) === offset) continue
    let change = hour + minuteMs
    while (offsetAt(change) === offset) change += minuteMs
    stretches.push({ begin: from, end: change, offset })
    from = change
    offset = offsetAt(change)
  }
  return [...stretches, { begin: from, end, offset }]
}

export interface Pattern {
  readonly text: string
  readonly minutes: ReadonlySet<number>
  readonly hours: ReadonlySet<number>
  readonly days: ReadonlySet<number>
  readonly months: ReadonlySet<number>
  readonly weekdays: ReadonlySet<number>
}

function readField(field: string, min: number, max: number): ReadonlySet<number> {
  const values = new Set<number>()
  for (const part of field.split(',')) {
    const [range = '*', step] = part.split('/')
    const [low, high] = range === '*' ? [min, max] : range.split('-').map(Number)
    const last = high ?? (step === undefined ? low : max)
    for (let value = low ?? min; value <= (last ?? max); value += Number(step ?? 1))
      values.add(value)
  }
  return values
}

export function readPattern(text: string): Pattern {
  const [minute = '*', hour = '*', day = '*', month = '*', weekday = '*'] = text.split(' ')
  return {
    text,
    minutes: readField(minute, 0, 59),
    hours: readField(hour, 0, 23),
    days: readField(day, 1, 31),
    months: readField(month, 1, 12),
    weekdays: readField(weekday, 0, 6),
  }
}

/** Where day and weekday are both given, either is enough: the old rule of cron. */
function isDay(pattern: Pattern, reading: Date): boolean {
  if (!pattern.months.has(reading.getUTCMonth() + 1)) return false
  const [, , day, , weekday] = pattern.text.split(' ')
  const onDay = pattern.days.has(reading.getUTCDate())
  const onWeekday = pattern.weekdays.has(reading.getUTCDay())
  return day !== '*' && weekday !== '*' ? onDay || onWeekday : onDay && onWeekday
}

/** The readings of the wall in [`begin`, `end`) that the pattern names. */
function readingsIn(pattern: Pattern, begin: number, end: number): readonly number[] {
  const found: number[] = []
  const dayMs = 24 * hourMs
  for (let day = Math.floor(begin / dayMs) * dayMs; day < end; day += dayMs) {
    if (!isDay(pattern, new Date(day))) continue
    for (const hour of pattern.hours)
      for (const minute of pattern.minutes) {
        const reading = day + hour * hourMs + minute * minuteMs
        if (reading >= begin && reading < end) found.push(reading)
      }
  }
  return found
}

/**
 * The instants of a pattern by the rules in docs/campaigns-and-channels.md. With fixed minutes and hours:
 * a reading that comes twice counts the first time, readings that are jumped over count together at the
 * end of the jump. With a minute or hour that begins with `*`: as the wall shows it.
 */
export function expectedInstants(
  pattern: Pattern,
  stretches: readonly Stretch[],
): readonly number[] {
  const [minute = '', hour = ''] = pattern.text.split(' ')
  const followsTheWall = minute.startsWith('*') || hour.startsWith('*')
  const instants = new Set<number>()
  let shownThrough = Number.NEGATIVE_INFINITY
  for (const { begin, end, offset } of stretches) {
    const first = begin + offset
    if (!followsTheWall && shownThrough < first && Number.isFinite(shownThrough))
      if (readingsIn(pattern, shownThrough, first).length > 0) instants.add(begin)
    const from = followsTheWall ? first : Math.max(first, shownThrough)
    for (const reading of readingsIn(pattern, from, end + offset)) instants.add(reading - offset)
    shownThrough = Math.max(shownThrough, end + offset)
  }
  return [...instants].sort((one, other) => one - other)
}
