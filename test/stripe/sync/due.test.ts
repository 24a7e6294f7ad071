import { expect, test } from 'vitest'
import { createClock } from '../../../src/database/clock.ts'
import { createReconcileDue, createSweepDue } from '../../../src/stripe/sync/due.ts'
import { createSyncState } from '../../../src/stripe/sync/sync-state.ts'
import { createCronSchedule } from '../../../src/time/cron-schedule.ts'
import { openMemoryDatabase } from '../../support/memory-database.ts'
import { genesis } from '../../support/open-test-ledger.ts'
import { storeSync } from '../../support/prunable-ledger.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const hourly = createCronSchedule('0 * * * *', 'UTC', genesis)
const never = { next: () => null, between: () => [] }

function openSweep(schedule: typeof hourly = hourly) {
  const clock = { now: genesis }
  const due = createSweepDue(schedule, () => clock.now)
  return { clock, due }
}

test('a sweep is due at once, then on schedule, and again for a new leader', () => {
  const { clock, due } = openSweep()
  expect(due.isDue()).toBe(true)
  due.begin()
  expect(due.isDue()).toBe(false)
  clock.now = genesis + hourMs - 1
  expect(due.isDue()).toBe(false)
  clock.now += 1
  expect(due.isDue()).toBe(true)
  due.begin()
  expect(due.isDue()).toBe(false)
  due.reset()
  expect(due.isDue()).toBe(true)
})

test('a sweep is due when the clock was set back, also where the schedule has no more instants', () => {
  const { clock, due } = openSweep(never)
  due.begin()
  clock.now += 999 * hourMs
  expect(due.isDue()).toBe(false)
  clock.now = genesis - 1
  expect(due.isDue()).toBe(true)
})

test('a sweep that failed after it got on is due in ten seconds, another on schedule', () => {
  for (const schedule of [hourly, never]) {
    const { clock, due } = openSweep(schedule)
    due.begin()
    due.breakOff(false)
    clock.now += 10_000
    expect(due.isDue()).toBe(false)
    due.breakOff(true)
    clock.now += 9_999
    expect(due.isDue()).toBe(false)
    clock.now += 1
    expect(due.isDue()).toBe(true)
  }
  const { clock, due } = openSweep()
  due.begin()
  clock.now = genesis + hourMs - 5_000
  due.breakOff(true)
  clock.now = genesis + hourMs
  expect(due.isDue()).toBe(true)
})

async function openReconcile(schedule: typeof hourly = hourly) {
  const { queries } = await openMemoryDatabase()
  const clock = { now: genesis }
  const now = () => clock.now
  const syncState = createSyncState(queries, createClock('sqlite', now))
  return { clock, syncState, due: createReconcileDue(schedule, now, syncState) }
}

test('a reconcile is due until one has succeeded, then on schedule', async () => {
  const { clock, syncState, due } = await openReconcile()
  expect(await due.isDue()).toBe(true)
  await storeSync(syncState, genesis, { wideBeganAt: null })
  expect(await due.isDue()).toBe(true)
  await storeSync(syncState, genesis)
  expect(await due.isDue()).toBe(false)
  clock.now = genesis + hourMs - 1
  expect(await due.isDue()).toBe(false)
  clock.now += 1
  expect(await due.isDue()).toBe(true)
  clock.now = genesis - 1
  expect(await due.isDue()).toBe(true)
})

test('a reconcile without an instant to come is due when one was interrupted, Stripe lost events or the clock was set back', async () => {
  const { clock, syncState, due } = await openReconcile(never)
  await storeSync(syncState, genesis)
  expect(await due.isDue()).toBe(false)
  clock.now = genesis - 1
  expect(await due.isDue()).toBe(true)
  clock.now = genesis
  await syncState.noteLostEvents('evt_1')
  expect(await due.isDue()).toBe(true)
  await syncState.acknowledgeNotice(1)
  expect(await due.isDue()).toBe(false)
  await storeSync(syncState, genesis, { since: genesis })
  expect(await due.isDue()).toBe(true)
})

test('a reconcile that failed waits ten seconds if it got on, otherwise five minutes', async () => {
  for (const [hasGotOn, waitMs] of [
    [true, 10_000],
    [false, 5 * minuteMs],
  ] as const) {
    const { clock, due } = await openReconcile()
    due.breakOff(hasGotOn)
    expect(await due.isDue()).toBe(false)
    clock.now = genesis - 1
    expect(await due.isDue()).toBe(true)
    clock.now = genesis + waitMs - 1
    expect(await due.isDue()).toBe(false)
    due.reset()
    expect(await due.isDue()).toBe(true)
    due.breakOff(hasGotOn)
    expect(await due.isDue()).toBe(false)
    due.begin()
    expect(await due.isDue()).toBe(true)
    due.breakOff(hasGotOn)
    clock.now += waitMs
    expect(await due.isDue()).toBe(true)
  }
})
