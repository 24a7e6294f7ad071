import { expect, test, vi } from 'vitest'
import { noTraces } from '../../../instrumentation/traces/traces.ts'
import { createClock } from '../../../src/database/clock.ts'
import type { StripePage } from '../../../src/stripe/client/lists.ts'
import { createUnlimitedPacing } from '../../../src/stripe/client/pacing.ts'
import { forEachPage } from '../../../src/stripe/client/paginate.ts'
import { readReconcileReport } from '../../../src/stripe/sync/reconcile-report.ts'
import { createSyncJobs } from '../../../src/stripe/sync/sync-jobs.ts'
import { createSyncState } from '../../../src/stripe/sync/sync-state.ts'
import { createCronSchedule } from '../../../src/time/cron-schedule.ts'
import { genesis, openTestLedger, type TestLedger } from '../../support/open-test-ledger.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

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
