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

/** Throws a RangeError for a zone that is not known. */
export const createWallClock = (timeZone: string): WallClock => {
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

  const at = (instant: number): number => {
    const parts = Object.fromEntries(
      format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
    )
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts
    return Date.UTC(year, month - 1, day, hour, minute, second) + (((instant % 1000) + 1000) % 1000)
  }

  const offsetAt = (instant: number): number => at(instant) - instant

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
