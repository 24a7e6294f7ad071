import { expect, test } from 'vitest'
import { createStripeClock } from '../../../src/stripe/client/stripe-clock.ts'

const started = Date.UTC(2026, 0, 1)
const minuteMs = 60_000
const dayMs = 86_400_000

function openClock() {
  const ours = { nowMs: started, setByMs: 0 }
  const told: string[] = []
  const warn = (_: object, message: string) => void told.push(message)
  const clock = createStripeClock(
    () => ours.nowMs + ours.setByMs,
    warn,
    () => ours.nowMs,
  )
  return { ours, told, clock }
}

test('our own clock counts as long as the two are within a minute', () => {
  const { ours, told, clock } = openClock()
  clock.observe(started - 59_000)
  expect(clock.now()).toBe(started)
  ours.nowMs += minuteMs
  expect(clock.now()).toBe(started + minuteMs)
  expect(told).toEqual([])
})

test("Stripe's counts where they differ by more, logged once, and by the latest response", () => {
  const { ours, told, clock } = openClock()
  clock.observe(started - 10 * minuteMs)
  expect(clock.now()).toBe(started - 10 * minuteMs + 500)
  ours.nowMs += minuteMs
  expect(clock.now()).toBe(started - 9 * minuteMs + 500)
  clock.observe(started - 9 * minuteMs)
  expect(told).toEqual([expect.stringContaining('differ by more than a minute')])
  clock.observe(ours.nowMs)
  expect(clock.now()).toBe(ours.nowMs)
})

test('once our own clock was set right it counts at once, before Stripe has answered again', () => {
  const { ours, clock } = openClock()
  clock.observe(started + 10 * minuteMs)
  ours.nowMs += minuteMs
  expect(clock.now()).toBe(started + 11 * minuteMs + 500)
  ours.setByMs = 10 * minuteMs
  expect(clock.now()).toBe(started + 11 * minuteMs)
  clock.observe(started + 11 * minuteMs)
  expect(clock.now()).toBe(started + 11 * minuteMs)
})

test('a date more than a day from our clock is not believed and changes nothing', () => {
  const { told, clock } = openClock()
  const heard: number[] = []
  clock.onObserved((date) => heard.push(date))
  for (const date of [started + 365 * dayMs, started - dayMs - 1_000]) {
    clock.observe(date)
    expect(clock.believes(date)).toBe(false)
  }
  expect(clock.now()).toBe(started)
  expect(heard).toEqual([])
  expect(told).toEqual([expect.stringContaining('more than a day')])
})

test('a late listener gets the latest date', () => {
  const { clock } = openClock()
  clock.observe(started)
  const heard: number[] = []
  clock.onObserved((date) => heard.push(date))
  clock.observe(started + 1_000)
  expect(heard).toEqual([started, started + 1_000])
})
