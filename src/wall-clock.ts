/** The clock on the wall of a place: its readings are milliseconds as if they were UTC. */
export interface WallClock {
  /** What it shows at an instant. */
  at(instant: number): number
  /**
   * The instants at which it shows a reading, oldest first: none where it jumps over it, two where it
   * is put back.
   */
  instantsOf(reading: number): readonly number[]
  /** The first instant in (`after`, `through`] at which it was put forward or back. */
  change(after: number, through: number): number | null
}

const dayMs = 86_400_000

/** Reading an offset costs far more than looking one up. */
const daysKeptMax = 64

/** Throws a RangeError for a zone that is not known. */
export function createWallClock(timeZone: string): WallClock {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })

  const readOffset = (instant: number): number => {
    const parts = Object.fromEntries(
      format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
    )
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts
    const wholeSecond = Math.floor(instant / 1000) * 1000
    return Date.UTC(year, month - 1, day, hour, minute, second) - wholeSecond
  }

  /** The offset of a whole day by its number; undefined for a day on which it changes. */
  const offsets = new Map<number, number | undefined>()
  const offsetOfDay = (day: number): number | undefined => {
    if (offsets.has(day)) return offsets.get(day)
    if (offsets.size >= daysKeptMax) offsets.clear()
    const offset = readOffset(day * dayMs)
    offsets.set(day, readOffset((day + 1) * dayMs) === offset ? offset : undefined)
    return offsets.get(day)
  }

  const offsetAt = (instant: number): number =>
    offsetOfDay(Math.floor(instant / dayMs)) ?? readOffset(instant)

  const at = (instant: number): number => instant + offsetAt(instant)

  const change = (after: number, through: number): number | null => {
    const before = offsetAt(after)
    if (offsetAt(through) === before) return null
    let [earlier, later] = [after, through]
    while (later - earlier > 1) {
      const middle = Math.floor((earlier + later) / 2)
      if (offsetAt(middle) === before) earlier = middle
      else later = middle
    }
    return later
  }

  return {
    at,
    change,
    instantsOf: (reading) => {
      const offsets = new Set([offsetAt(reading - dayMs), offsetAt(reading + dayMs)])
      return [...offsets]
        .map((offset) => reading - offset)
        .filter((instant) => at(instant) === reading)
        .toSorted((one, other) => one - other)
    },
  }
}
