import { describe, expect, it } from 'vitest'
import { createZonedClock } from '../../src/time/zoned-clock.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

function utc(text: string): number {
  return Date.parse(`${text}Z`)
}

describe('the clock of Berlin', () => {
  const clock = createZonedClock('Europe/Berlin')
  const forward = utc('2026-03-29T01:00')
  const back = utc('2026-10-25T01:00')

  it('is one hour ahead of UTC in winter and two in summer, to the millisecond', () => {
    expect(clock.at(forward - 1)).toBe(forward - 1 + hourMs)
    expect(clock.at(forward)).toBe(forward + 2 * hourMs)
    expect(clock.at(back - 1)).toBe(back - 1 + 2 * hourMs)
    expect(clock.at(back)).toBe(back + hourMs)
  })

  it('shows a time in the gap never, in the overlap twice, and any other once', () => {
    expect(clock.instantsOf(utc('2026-03-29T02:30'))).toEqual([])
    expect(clock.instantsOf(utc('2026-10-25T02:30'))).toEqual([
      utc('2026-10-25T00:30'),
      utc('2026-10-25T01:30'),
    ])
    expect(clock.instantsOf(utc('2026-10-25T03:00'))).toEqual([utc('2026-10-25T02:00')])
  })

  it('finds the first change after one instant and not after another', () => {
    expect(clock.change(forward - dayMs, forward + dayMs)).toBe(forward)
    expect(clock.change(forward - dayMs, forward)).toBe(forward)
    expect(clock.change(forward - dayMs, forward - 1)).toBeNull()
    expect(clock.change(forward, forward + dayMs)).toBeNull()
  })

  it('gives the same answers in whichever order it is asked', () => {
    const instants = Array.from(
      { length: 200 },
      (_, step) => utc('2000-01-01T00:00') + step * 61 * dayMs,
    )
    const readings = instants.map((instant) => createZonedClock('Europe/Berlin').at(instant))
    expect(instants.toReversed().map(clock.at).toReversed()).toEqual(readings)
    expect(new Set(readings.map((reading, index) => reading - (instants[index] ?? 0))).size).toBe(2)
  })
})

it('UTC never changes', () => {
  const clock = createZonedClock('UTC')
  expect(clock.at(123)).toBe(123)
  expect(clock.instantsOf(123)).toEqual([123])
  expect(clock.change(0, utc('2100-01-01T00:00'))).toBeNull()
})

it('a change of the zone that keeps its offset is not a change', () => {
  const clock = createZonedClock('Europe/London')
  expect(clock.change(utc('1968-10-01T00:00'), utc('1971-10-31T01:59'))).toBeNull()
  expect(clock.change(utc('1968-10-01T00:00'), utc('1971-10-31T02:00'))).toBe(
    utc('1971-10-31T02:00'),
  )
})

it.each(['PST', 'europe/berlin', '+05:30'])('the zone %s is known, as Intl knows it', (zone) => {
  const instant = utc('2026-07-01T12:00')
  const shown = new Intl.DateTimeFormat('sv', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(instant)
  expect(createZonedClock(zone).at(instant)).toBe(Date.parse(`${shown.replace(' ', 'T')}Z`))
})

it.each(['', 'Nope/City', 'Z', '2026-01-01T00:00[Europe/Berlin]'])(
  'the zone %j is refused',
  (zone) => {
    expect(() => createZonedClock(zone)).toThrow(RangeError)
  },
)
