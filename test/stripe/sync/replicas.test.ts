import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { noTraces } from '../../../instrumentation/traces/traces.ts'
import { createClock } from '../../../src/database/clock.ts'
import type { StripePage } from '../../../src/stripe/client/lists.ts'
import { createUnlimitedPacing } from '../../../src/stripe/client/pacing.ts'
import { forEachPage } from '../../../src/stripe/client/paginate.ts'
import { createKeySet } from '../../../src/stripe/sync/key-set.ts'
import { readKeys } from '../../../src/stripe/sync/ledger-keys.ts'
import { readReconcileReport } from '../../../src/stripe/sync/reconcile-report.ts'
import { reconcileWindow } from '../../../src/stripe/sync/reconcile-window.ts'
import { createSyncJobs } from '../../../src/stripe/sync/sync-jobs.ts'
import { createSyncState } from '../../../src/stripe/sync/sync-state.ts'
import { createCronSchedule } from '../../../src/time/cron-schedule.ts'
import { payment } from '../../support/facts.ts'
import {
  engines,
  genesis,
  openTestLedger,
  type TestLedger,
} from '../../support/open-test-ledger.ts'

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

test('a set of keys holds what was added and nothing else', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 3_000 }), (keys) => {
      const half = keys.length >> 1
      const set = createKeySet()
      for (const key of [...keys.slice(0, half), ...keys.slice(0, half)]) set.add(key)
      expect(set.size).toBe(half)
      expect(keys.map((key) => set.has(key))).toEqual(keys.map((_, index) => index < half))
    }),
    { numRuns: 50 },
  )
})

test('it grows', () => {
  const set = createKeySet()
  for (let index = 0; index < 20_000; index += 1) set.add(`payment:success:pi_${index}`)
  const has = Array.from({ length: 40_000 }, (_, index) => set.has(`payment:success:pi_${index}`))
  expect(has.indexOf(false)).toBe(20_000)
  expect(has.lastIndexOf(true)).toBe(19_999)
})

test.each(engines)('facts of one instant are read once each, by hundreds: %s', async (engine) => {
  const { ledger, database } = await openTestLedger(engine)
  const ids = Array.from({ length: 1_203 }, (_, index) => `pi_${index}`)
  await Promise.all(ids.map((id) => ledger.record(payment(id))))
  await ledger.record(payment('pi_early', 'success', { occurredAt: genesis }))
  await ledger.record(payment('pi_refunded', 'refunded'))
  const slice = { counter: 'billing_payments_total', label: 'success', since: genesis + 1 }
  const pages: number[] = []
  const found: string[] = []
  for await (const keys of readKeys(database.queries, slice)) {
    pages.push(keys.length)
    found.push(...keys)
  }
  expect(found.toSorted()).toEqual(ids.map((id) => `payment:success:${id}`).toSorted())
  expect(Math.max(...pages)).toBeLessThanOrEqual(500)
})

test('a list is read page by page, each page when it is requested', async () => {
  const asked: (string | undefined)[] = []
  const pages: Record<string, StripePage> = {
    first: { objects: [1], next: { startingAfter: 'a', createdToSeconds: 3 }, stripeNow: null },
    a: { objects: [2], next: { startingAfter: 'b', createdToSeconds: 2 }, stripeNow: null },
    b: { objects: [3], next: undefined, stripeNow: null },
  }
  const taken: unknown[] = []
  await forEachPage(
    async ({ startingAfter }) => {
      asked.push(startingAfter)
      return pages[startingAfter ?? 'first'] ?? Promise.reject(new Error('no such page'))
    },
    async ({ objects }) => void taken.push(...objects),
    createUnlimitedPacing(new AbortController().signal, () => Promise.resolve()),
  )
  expect(asked).toEqual([undefined, 'a', 'b'])
  expect(taken).toEqual([1, 2, 3])
})

test('a report of another version counts as none', () => {
  expect(readReconcileReport({ report: '{"since":1}' })).toBeUndefined()
  expect(readReconcileReport({ report: null })).toBeUndefined()
  expect(readReconcileReport(undefined)).toBeUndefined()
})

/** SyncJobs over a Stripe whose lists are empty, on a ledger that others may use too. */
async function openSyncJobs(testLedger?: TestLedger) {
  const { ledger, database } = testLedger ?? (await openTestLedger('sqlite'))
  const objects: unknown[] = []
  const page: StripePage = { objects, next: undefined, stripeNow: genesis + 60_000 }
  const state = {
    isLeader: false,
    now: genesis,
    account: async () => {},
    calls: 0,
    errors: 0,
    aside: [] as string[],
  }
  const list = async () => {
    state.calls += 1
    return page
  }
  const store = createSyncState(
    database.queries,
    createClock(database.engine, () => state.now),
  )
  const record = () => Promise.resolve('new' as const)
  const log = {
    info: () => {},
    warn: () => {},
    error: () => {
      state.errors += 1
    },
  }
  const jobs = createSyncJobs({
    traces: noTraces,
    work: {
      ingest: {
        recorder: {
          recordMarketingPost: record,
          recordCheckoutStarted: record,
          recordPayment: record,
          hasPlan: () => true,
        },
        ledgerId: ledger.identity.ledgerId,
        mode: 'test',
        keepDeadLetter: async ({ id, type }) => void state.aside.push(`${type} ${id}`),
        refunds: { retrieveCharge: list, listRefunds: async () => [] },
        hasFact: async () => false,
        readAccount: async () => 'acct_1',
        onIgnored: () => undefined,
      },
      lists: {
        listEvents: list,
        listObjects: list,
        retrieveObject: list,
        retrieveEvent: list,
        retrieveCharge: list,
        listRefundsOfCharge: async () => [],
      },
      queries: database.queries,
      syncState: store,
      readGenesis: ledger.identity.genesis.require,
      stripeClock: { now: () => state.now, believes: () => true },
      now: () => state.now,
      log,
    },
    isLeader: () => state.isLeader,
    schedules: {
      sweep: createCronSchedule('*/5 * * * *', 'UTC', 0),
      reconcile: createCronSchedule('0 * * * *', 'UTC', 0),
    },
    checkAccount: () => state.account(),
    log,
  })
  const succeededAt = async (name: 'sweep' | 'reconcile') =>
    (await store.read(name))?.succeededAt ?? null
  return { jobs, state, objects, succeededAt, store }
}

test('only the leader runs the sync jobs: it sweeps when it becomes one, and by the schedules from then on', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const { jobs, state, succeededAt } = await openSyncJobs()
    jobs.start()
    vi.advanceTimersByTime(10_000)
    expect(state.calls).toBe(0)
    state.isLeader = true
    vi.advanceTimersByTime(1_000)
    await vi.waitFor(async () => expect(await succeededAt('reconcile')).toBe(genesis))
    const afterFirst = state.calls
    state.now = genesis + 4 * 60_000
    vi.advanceTimersByTime(1_000)
    expect(state.calls).toBe(afterFirst)
    state.now = genesis + 5 * 60_000
    vi.advanceTimersByTime(1_000)
    await vi.waitFor(async () => expect(await succeededAt('sweep')).toBe(state.now))
    expect(await succeededAt('reconcile')).toBe(genesis)
    state.now = genesis + hourMs
    vi.advanceTimersByTime(1_000)
    await vi.waitFor(async () => expect(await succeededAt('reconcile')).toBe(state.now))
    await jobs.stop()
  } finally {
    vi.useRealTimers()
  }
})

test('a clock that is set back, and times written by one that was ahead, delay no round', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const { jobs, state, succeededAt } = await openSyncJobs()
    state.isLeader = true
    state.now = genesis + dayMs
    jobs.start()
    await vi.waitFor(async () => expect(await succeededAt('reconcile')).toBe(genesis + dayMs))
    state.now = genesis + hourMs
    expect(await succeededAt('reconcile')).toBeNull()
    await vi.waitFor(async () => {
      vi.advanceTimersByTime(1_000)
      expect(await succeededAt('sweep')).toBe(genesis + hourMs)
      expect(await succeededAt('reconcile')).toBe(genesis + hourMs)
    })
    await jobs.stop()
  } finally {
    vi.useRealTimers()
  }
})

test('a notice of lost events that another replica took is answered by the leader, whatever their clocks say', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const shared = await openTestLedger('postgres')
    const leader = await openSyncJobs(shared)
    const receiver = await openSyncJobs(shared)
    receiver.state.now = genesis - dayMs
    leader.state.isLeader = true
    const wideBeganAt = async () =>
      readReconcileReport(await leader.store.read('reconcile'))?.wideBeganAt
    leader.jobs.start()
    await vi.waitFor(async () => expect(await wideBeganAt()).toBe(genesis))
    leader.state.now = genesis + 60_000
    await receiver.jobs.noteLostEvents({ eventId: 'evt_lost' })
    expect(await leader.store.pendingNotice()).toBe(1)
    await vi.waitFor(async () => {
      vi.advanceTimersByTime(1_000)
      expect(await wideBeganAt()).toBe(genesis + 60_000)
      expect(await leader.store.pendingNotice()).toBeUndefined()
    })
    await leader.jobs.stop()
  } finally {
    vi.useRealTimers()
  }
})

test('a notice that arrives while another is handled is handled too', async () => {
  const { store } = await openSyncJobs()
  await store.noteLostEvents('evt_1')
  const first = (await store.pendingNotice()) ?? 0
  await store.noteLostEvents('evt_1')
  await store.acknowledgeNotice(first)
  const second = await store.pendingNotice()
  expect(second).toBeGreaterThan(first)
  await store.acknowledgeNotice(second ?? 0)
  expect(await store.pendingNotice()).toBeUndefined()
})

test('a key of another account records nothing, and its account is checked again the next time', async () => {
  const { jobs, state } = await openSyncJobs()
  state.account = () => Promise.reject(new Error('another account'))
  await expect(jobs.runSweep()).rejects.toThrow('another account')
  expect(state.calls).toBe(0)
  state.account = () => Promise.resolve()
  await jobs.runSweep()
  expect(state.calls).toBeGreaterThan(0)
})

test('a sync job that fails is logged and does not end the others', async () => {
  const { jobs, state, succeededAt } = await openSyncJobs()
  state.isLeader = true
  state.account = () => Promise.reject(new Error('Stripe is away'))
  jobs.start()
  await vi.waitFor(() => expect(state.errors).toBe(1))
  state.account = () => Promise.resolve()
  state.now = genesis + 5 * 60_000
  await vi.waitFor(async () => expect(await succeededAt('sweep')).toBe(state.now), {
    timeout: 5_000,
  })
  await jobs.stop()
})

test('a Stripe that does not answer at all does not hold up the stop', async () => {
  const { jobs, state } = await openSyncJobs()
  state.isLeader = true
  state.account = () => new Promise(() => {})
  jobs.start()
  await jobs.stop()
  expect(state.calls).toBe(0)
})

test('listed objects that cannot be processed are dead letters, those of live mode are ignored, the others are read', async () => {
  const { jobs, state, objects } = await openSyncJobs()
  const created = genesis / 1000
  const session = { object: 'checkout.session', livemode: false, created, metadata: {} }
  objects.push(
    { ...session, id: 'cs_broken', created: 'yesterday' },
    { ...session, id: 'cs_live', livemode: true, created: 'yesterday' },
    { ...session, id: 'cs_fine', metadata: { countinghouse: 'ledger01', plan: 'starter' } },
  )
  const { outcomes } = await jobs.runSweep()
  expect(outcomes).toMatchObject({ new: 1, unreadable: 3 })
  expect(state.aside).toContain('checkout_sessions cs_broken')
  expect(state.aside).not.toContain('checkout_sessions cs_live')
})
