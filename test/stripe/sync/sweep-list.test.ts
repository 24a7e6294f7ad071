import { expect, test } from 'vitest'
import { createClock } from '../../../src/database/clock.ts'
import { ListFault, type StripePage } from '../../../src/stripe/client/lists.ts'
import { createUnlimitedPacing } from '../../../src/stripe/client/pacing.ts'
import { type SweptList, sweepList } from '../../../src/stripe/sync/sweep-list.ts'
import { openSweepProgress, readSweepProgress } from '../../../src/stripe/sync/sweep-progress.ts'
import { createSyncState } from '../../../src/stripe/sync/sync-state.ts'
import { genesis, openTestLedger } from '../../support/open-test-ledger.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const now = genesis + 10 * dayMs

type Asked = Parameters<SweptList['fetch']>[0]

function pageOf(next?: string, stripeNow: number | null = now): StripePage {
  const start = next === undefined ? undefined : { startingAfter: next, createdToSeconds: 7 }
  return { objects: [], next: start, stripeNow }
}

/** Sweeps of one list whose pages are what `answer` says. */
async function openSweep(answer: (query: Asked) => StripePage) {
  const { database } = await openTestLedger('sqlite')
  const syncState = createSyncState(
    database.queries,
    createClock('sqlite', () => now),
  )
  const clock = { now }
  const warned: object[] = []
  const asked: Asked[] = []
  let taken = 0
  const list: SweptList = {
    name: 'events',
    types: ['a', 'b'],
    fetch: async (query) => {
      asked.push(query)
      return answer(query)
    },
    take: async () => {
      taken += 1
    },
  }
  const work = {
    stripeClock: { now: () => clock.now, believes: (at: number) => Math.abs(at - now) <= dayMs },
    readGenesis: async () => genesis,
    log: { info: () => undefined, warn: (fields: object) => void warned.push(fields) },
  }
  const pacing = createUnlimitedPacing(new AbortController().signal, async () => undefined)
  const progress = () => openSweepProgress(syncState)
  const kept = async () => readSweepProgress(await syncState.read('sweep')).events
  const sweep = async (changes: Partial<SweptList> = {}) =>
    sweepList(work, { ...list, ...changes }, await progress(), pacing)
  return { clock, warned, asked, sweep, progress, kept, taken: () => taken }
}

test('a list is read from an hour before its position, which then is a minute before the first page', async () => {
  const { asked, sweep, kept } = await openSweep(() => pageOf())
  expect(await sweep()).toBe(genesis - hourMs)
  expect(await kept()).toEqual({ position: now - minuteMs, window: null, fault: null })
  expect(await sweep()).toBe(now - minuteMs - hourMs)
  expect(asked.map((query) => query.createdFromSeconds * 1000)).toEqual([
    genesis - hourMs,
    now - minuteMs - hourMs,
  ])
})

test('a position never goes back, and one a day ahead of the clock is ignored', async () => {
  const { clock, asked, sweep, progress, kept } = await openSweep(() => pageOf(undefined, null))
  const from = async (position: number | null) => {
    await (await progress()).save('events', { position, window: null, fault: null })
    return sweep()
  }
  expect(await from(now + dayMs)).toBe(now + dayMs - hourMs)
  expect(await kept()).toMatchObject({ position: now + dayMs })
  expect(await from(now + dayMs + 1)).toBe(genesis - hourMs)
  expect(await kept()).toMatchObject({ position: now - minuteMs })
  clock.now = now + 5
  expect(await from(null)).toBe(genesis - hourMs)
  expect(await kept()).toMatchObject({ position: now + 5 - minuteMs })
  expect(asked).toHaveLength(3)
})

test('an interrupted window is continued where it stopped, then what came since is read', async () => {
  let isAway = true
  const { asked, sweep, kept, taken } = await openSweep(({ startingAfter }) => {
    if (startingAfter === undefined) return pageOf('evt_1')
    if (isAway) throw new Error('away')
    return pageOf(undefined, now + hourMs)
  })
  await expect(sweep()).rejects.toThrow('away')
  const next = { startingAfter: 'evt_1', createdToSeconds: 7 }
  const window = { since: genesis - hourMs, to: now - minuteMs, types: ['a', 'b'], next }
  expect(await kept()).toEqual({ position: genesis, window, fault: null })
  isAway = false
  asked.length = 0
  expect(await sweep()).toBe(genesis - hourMs)
  expect(asked.map((query) => [query.createdFromSeconds * 1000, query.startingAfter])).toEqual([
    [genesis - hourMs, 'evt_1'],
    [now - minuteMs - hourMs, undefined],
    [now - minuteMs - hourMs, 'evt_1'],
  ])
  expect(await kept()).toEqual({ position: now - minuteMs, window: null, fault: null })
  expect(taken()).toBe(4)
})

test('an interrupted window of other types starts over', async () => {
  let isAway = true
  const { asked, sweep } = await openSweep(({ startingAfter }) => {
    if (startingAfter === undefined) return isAway ? pageOf('evt_1') : pageOf()
    throw new Error('away')
  })
  await expect(sweep()).rejects.toThrow('away')
  isAway = false
  asked.length = 0
  expect(await sweep({ types: ['a'] })).toBe(genesis - hourMs)
  expect(asked.map((query) => query.startingAfter)).toEqual([undefined])
})

test('responses whose dates nobody believes move no position, which is told once', async () => {
  const { warned, sweep, kept } = await openSweep(({ startingAfter }) =>
    startingAfter === undefined ? pageOf('evt_1', now) : pageOf(undefined, now + dayMs + 1),
  )
  for (const _ of [1, 2]) await expect(sweep()).rejects.toThrow(ListFault)
  expect(warned).toEqual([{ list: 'events', reason: expect.stringContaining('set the clock') }])
  expect(await kept()).toMatchObject({
    position: genesis,
    window: null,
    fault: expect.stringContaining('set the clock'),
  })
})

test('a list that was last read to its end more than 25 days ago is warned of', async () => {
  const { warned, sweep, progress } = await openSweep(() => pageOf())
  const from = async (position: number) => {
    await (await progress()).save('events', { position, window: null, fault: null })
    await sweep()
  }
  await from(now - 25 * dayMs)
  expect(warned).toEqual([])
  await from(now - 26 * dayMs - 1)
  expect(warned).toEqual([{ days: 26 }])
})
