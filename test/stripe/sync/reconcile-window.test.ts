import { expect, test } from 'vitest'
import { reconcileWindow } from '../../../src/stripe/sync/reconcile-window.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

function windowAt(now: number, last: Partial<Parameters<typeof reconcileWindow>[0]>) {
  return reconcileWindow({
    now,
    genesis: 0,
    lastBeganAt: null,
    lastWideBeganAt: null,
    lastOrphansBeganAt: last.lastWideBeganAt ?? null,
    hasLostEvents: false,
    ...last,
  })
}

test('the first reconcile reads from the beginning of the ledger', () => {
  expect(windowAt(400 * dayMs, {})).toEqual({ since: 0, isWide: true })
})

test('an hour after the last one it reads 48 hours before that, a day after the wide one 35 days', () => {
  const now = 100 * dayMs
  const hourly = { lastBeganAt: now - hourMs, lastWideBeganAt: now - 5 * hourMs }
  expect(windowAt(now, hourly)).toEqual({ since: now - 49 * hourMs, isWide: false })
  const daily = { lastBeganAt: now - hourMs, lastWideBeganAt: now - dayMs }
  expect(windowAt(now, daily)).toEqual({ since: now - 36 * dayMs, isWide: true })
})

test('after an outage it reads as far before the last success as it would have then', () => {
  const now = 200 * dayMs
  const outage = { lastBeganAt: now - 60 * dayMs, lastWideBeganAt: now - 60 * dayMs }
  expect(windowAt(now, outage)).toEqual({ since: now - 95 * dayMs, isWide: true })
})

test('lost events make it wide; it never reads before the ledger began', () => {
  const now = 10 * dayMs
  const last = { lastBeganAt: now - hourMs, lastWideBeganAt: now - hourMs }
  expect(windowAt(now, { ...last, hasLostEvents: true })).toEqual({ since: 0, isWide: true })
  expect(windowAt(now, last).isWide).toBe(false)
})

test('a wide one that looked for no orphans is made again', () => {
  const now = 100 * dayMs
  const last = { lastBeganAt: now - hourMs, lastWideBeganAt: now - hourMs }
  const again = { since: now - 35 * dayMs - hourMs, isWide: true }
  expect(windowAt(now, { ...last, lastOrphansBeganAt: now - dayMs })).toEqual(again)
  expect(windowAt(now, { ...last, lastOrphansBeganAt: null })).toEqual(again)
})

test('a wide one that began later than now, by a clock that was ahead, counts as long ago', () => {
  const now = 100 * dayMs
  const ahead = { lastBeganAt: now + 9 * dayMs, lastWideBeganAt: now + 9 * dayMs }
  expect(windowAt(now, ahead)).toEqual({ since: now - 35 * dayMs, isWide: true })
})

test('the wide window comes half an hour earlier than a day later, so that a schedule keeps its hour', () => {
  const now = 100 * dayMs
  const after = (ms: number) =>
    windowAt(now, { lastBeganAt: now - hourMs, lastWideBeganAt: now - ms }).isWide
  expect([after(dayMs - hourMs / 2 - 1), after(dayMs - hourMs / 2)]).toEqual([false, true])
  expect(windowAt(now, { lastBeganAt: now, lastWideBeganAt: now }).isWide).toBe(false)
})
