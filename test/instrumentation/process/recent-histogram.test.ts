import { expect, test } from 'vitest'
import { createRecentHistogram } from '../../../instrumentation/process/recent-histogram.ts'

const secondMs = 1_000
const minuteMs = 60_000
const stallMs = 3_000

/** A histogram of minutes to which something short is added every second, as the loop's timer does. */
function start() {
  let now = 5 * minuteMs
  const histogram = createRecentHistogram(minuteMs, () => now)
  const pass = (elapsedMs: number): void => {
    for (let passedMs = 0; passedMs < elapsedMs; passedMs += secondMs) {
      now += Math.min(secondMs, elapsedMs - passedMs)
      histogram.record(1)
    }
  }
  const showsStall = (): boolean => histogram.read().max >= stallMs
  return { histogram, pass, showsStall }
}

test('who reads takes nothing from who reads next', () => {
  const { histogram } = start()
  for (const value of [10, 20, stallMs]) histogram.record(value)
  const first = histogram.read()
  expect(first.p50).toBe(20)
  expect(first.max).toBeGreaterThanOrEqual(stallMs)
  expect(histogram.read()).toEqual(first)
})

test.each([1, 15, 20, 59, 60])(
  'read every %i s, a stall is seen for a minute at least, and for two at most',
  (intervalSeconds) => {
    const intervalMs = intervalSeconds * secondMs
    for (let phaseMs = 0; phaseMs < minuteMs; phaseMs += 7 * secondMs) {
      const { histogram, pass, showsStall } = start()
      pass(phaseMs)
      histogram.record(stallMs)
      const shown = Array.from({ length: Math.ceil((3 * minuteMs) / intervalMs) }, () => {
        pass(intervalMs)
        return showsStall()
      })
      const lastShownMs = (shown.lastIndexOf(true) + 1) * intervalMs
      expect(lastShownMs).toBeGreaterThan(minuteMs - intervalMs)
      expect(lastShownMs).toBeLessThanOrEqual(2 * minuteMs)
      expect(shown.slice(0, shown.lastIndexOf(true))).not.toContain(false)
    }
  },
)

test.each([299, 150, 61, 1])(
  'who reads every five minutes is told of a stall %i s ago, and in the end no more',
  (agoSeconds) => {
    const { histogram, pass, showsStall } = start()
    pass(5 * minuteMs)
    expect(showsStall()).toBe(false)
    pass(5 * minuteMs - agoSeconds * secondMs)
    histogram.record(stallMs)
    pass(agoSeconds * secondMs)
    expect(showsStall()).toBe(true)
    pass(5 * minuteMs)
    showsStall()
    pass(5 * minuteMs)
    expect(showsStall()).toBe(false)
  },
)

test('a frequent reader hides nothing of the last minute from one that reads every five', () => {
  const { histogram, pass, showsStall } = start()
  for (let count = 0; count < 20; count += 1) {
    pass(15 * secondMs)
    showsStall()
  }
  histogram.record(stallMs)
  for (let count = 0; count < 59; count += 1) {
    pass(secondMs)
    histogram.read()
  }
  expect(showsStall()).toBe(true)
})
