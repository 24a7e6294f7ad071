import { describe, expect, it } from 'vitest'
import { createCronSchedule } from '../../src/time/cron-schedule.ts'
import { patterns, yearCount, yearFirst, zones } from '../scripts/calendar-cases.ts'
import { compareZone } from '../scripts/compare-calendar.ts'

function runs(pattern: string, zone: string, from: string, count: number) {
  const after = Date.parse(from)
  return createCronSchedule(pattern, zone, after)
    .between(after, Number.MAX_SAFE_INTEGER, count)
    .map((instant) => new Date(instant).toISOString().slice(0, 16))
}

describe('where the clock is put forward', () => {
  const from = '2026-03-28T22:00:00Z'

  it('a time that it jumps over happens at the end of the jump', () => {
    expect(runs('30 2 * * *', 'Europe/Berlin', from, 2)).toEqual([
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ])
  })

  it('several such times happen together, once', () => {
    expect(runs('15,45 2-3 * * *', 'Europe/Berlin', from, 4)).toEqual([
      '2026-03-29T01:00',
      '2026-03-29T01:15',
      '2026-03-29T01:45',
      '2026-03-30T00:15',
    ])
  })

  it('a midnight that does not exist still happens', () => {
    expect(runs('0 0 * * *', 'Africa/Cairo', '2026-04-23T12:00:00Z', 1)).toEqual([
      '2026-04-23T22:00',
    ])
  })

  it('what happens every hour goes on every hour', () => {
    expect(runs('10 * * * *', 'Europe/Berlin', '2026-03-28T23:30:00Z', 3)).toEqual([
      '2026-03-29T00:10',
      '2026-03-29T01:10',
      '2026-03-29T02:10',
    ])
  })
})

describe('where the clock is put back', () => {
  const from = '2026-10-24T23:30:00Z'

  it('a time that comes twice happens the first time', () => {
    expect(runs('30 2 * * *', 'Europe/Berlin', from, 2)).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ])
    expect(runs('0,20 2 * * *', 'Europe/Berlin', '2026-10-25T00:10:00Z', 2)).toEqual([
      '2026-10-25T00:20',
      '2026-10-26T01:00',
    ])
  })

  it('what happens every hour goes on every hour', () => {
    expect(runs('10 * * * *', 'Europe/Berlin', from, 4)).toEqual([
      '2026-10-25T00:10',
      '2026-10-25T01:10',
      '2026-10-25T02:10',
      '2026-10-25T03:10',
    ])
  })

  it('by half an hour, it is the same', () => {
    expect(runs('45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T12:00:00Z', 2)).toEqual([
      '2026-04-04T14:45',
      '2026-04-05T15:15',
    ])
  })
})

describe('a pattern whose minute or hour begins with "*" follows the clock, as in cron(8)', () => {
  it.each([
    ['*/15 2 * * *', 0, 8],
    ['*/15 0-5 * * *', 20, 28],
    ['0 */1 * * *', 23, 25],
    ['30 */2 * * *', 11, 13],
    ['* 2 * * *', 0, 120],
    // Fixed times: once after the jump, and once where they come twice.
    ['0,15,30,45 2 * * *', 1, 4],
    ['0 0-23 * * *', 23, 24],
    ['5-59/10 2 * * *', 1, 6],
  ])(
    '%s has %i slots on the day that loses an hour, and %i on the day that gains one',
    (pattern, spring, autumn) => {
      const countBetween = (from: string, through: string) =>
        createCronSchedule(pattern, 'Europe/Berlin', 0).between(
          Date.parse(from) - 1,
          Date.parse(through) - 1,
          1_000,
        ).length
      expect(countBetween('2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z')).toBe(spring)
      expect(countBetween('2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z')).toBe(autumn)
    },
  )
})

it('a "?" is rejected with what to write instead', () => {
  expect(() => createCronSchedule('0 9 ? * 1', 'UTC', 0)).toThrow('cron has no "?": write "*"')
})

/** `npm run check:calendar` does this for all zones and years. */
const seed = Date.now() % 1_000
const sample = [0, 13, 27].map((step) => zones[(seed + step) % zones.length] ?? 'UTC')

it.each(sample)(`the schedule agrees with an independent calculation for %s (${seed})`, (zone) => {
  const sparse = patterns.filter((pattern) => !pattern.startsWith('0 * * * *'))
  const first = yearFirst + (seed % (yearCount - 1))
  const { instants, ...wrong } = compareZone(zone, sparse, { first, count: 1 })
  expect(instants).toBeGreaterThan(5_000)
  expect(wrong).toMatchObject({ twice: 0, skipped: 0, invented: 0 })
})
