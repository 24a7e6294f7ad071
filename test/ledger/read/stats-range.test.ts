import { expect, test } from 'vitest'
import { type StatsInterval, toStatsRange } from '../../../src/ledger/read/stats-range.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const midnight = Date.UTC(2026, 0, 1)

test.each([
  ['hour', hourMs, 48],
  ['day', dayMs, 30],
] as const)(
  'without a range the %ss until now are returned, the one under way too',
  (interval, intervalMs, count) => {
    const range = toStatsRange(interval, { from: undefined, to: undefined }, midnight + 1)
    const to = midnight + intervalMs
    expect(range).toEqual({ from: to - count * intervalMs, to, intervalMs })
  },
)

test.each([
  ['hour', hourMs],
  ['day', dayMs],
] as const)('a range is widened to whole %ss of UTC', (interval, intervalMs) => {
  const asked = { from: midnight + 1, to: midnight + intervalMs + 1 }
  const range = { from: midnight, to: midnight + 2 * intervalMs, intervalMs }
  expect(toStatsRange(interval, asked, 0)).toEqual(range)
  expect(toStatsRange(interval, range, 0)).toEqual(range)
})

test.each<readonly [StatsInterval, number, number]>([
  ['hour', hourMs, 31 * 24],
  ['day', dayMs, 1_100],
])(
  'by %s the longest range is returned, and a longer one is refused with its field',
  (interval, intervalMs, countMax) => {
    const asked = (count: number) => ({ from: midnight, to: midnight + count * intervalMs })
    expect(toStatsRange(interval, asked(countMax), 0)).toMatchObject(asked(countMax))
    expect(() => toStatsRange(interval, asked(countMax + 1), 0)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        message: expect.stringContaining(`has ${countMax + 1} intervals`),
        fields: [expect.objectContaining({ in: 'query', path: 'from' })],
      }),
    )
  },
)

test.each([
  ['before it begins', midnight - dayMs],
  ['where it begins', midnight],
])('a range that ends %s is refused with its field', (_, to) => {
  expect(() => toStatsRange('day', { from: midnight, to }, 0)).toThrow(
    expect.objectContaining({
      code: 'invalid_request',
      fields: [expect.objectContaining({ in: 'query', path: 'from' })],
    }),
  )
})
