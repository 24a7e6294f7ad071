import { expect, onTestFinished, test, vi } from 'vitest'
import type { Total } from '../../../src/ledger/fact.ts'
import { createExposition, type ExpositionOptions } from '../../../src/ledger/leader/exposition.ts'
import type { HighWaterMarkFile } from '../../../src/ledger/leader/high-water-mark.ts'
import type { Lease } from '../../../src/ledger/leader/lease.ts'
import { openTestLedger } from '../../support/open-test-ledger.ts'
import { raisedCounters } from '../../support/raised-counters.ts'

const committed: readonly Total[] = [
  { counter: 'billing_payments_total', label: 'success', total: 3 },
]

/** A lease that this process has, on totals of the test's own. */
function leaseOf(changes: Partial<Lease> = {}): Lease {
  return {
    renew: async () => ({ totals: committed, isLeader: true, hasEnded: false }),
    isLeader: () => true,
    endGeneration: async () => undefined,
    release: async () => undefined,
    ...changes,
  }
}

async function begin(changes: Partial<ExpositionOptions> = {}) {
  const { ledger } = await openTestLedger('sqlite')
  return createExposition({ ledger, appliedTotals: raisedCounters(), lease: leaseOf(), ...changes })
}

/** A high-water mark in memory, which notes what happens to it in `events`. */
function markOf(events: string[], totals?: readonly Total[]): HighWaterMarkFile {
  return {
    read: async () => (totals === undefined ? undefined : { seriesId: 'ledger01-1', totals }),
    write: async (raised) => void events.push(`mark ${raised.map(({ total }) => total)}`),
    begin: async () => undefined,
    remove: async () => undefined,
  }
}

test('the leader collects after the totals are applied, and answers after the mark is on disk', async () => {
  const events: string[] = []
  const appliedTotals = raisedCounters()
  const exposition = await begin({ appliedTotals, highWaterMark: markOf(events) })
  const page = await exposition.expose(async (role) => {
    events.push(`collect ${appliedTotals.exposed().map(({ total }) => total)}`)
    return `a page of the ${role}`
  })
  events.push(page)
  expect(events).toEqual(['collect 3', 'mark 3', 'a page of the leader'])
})

test('a process that is not the leader learns it when it collects, and raises no mark', async () => {
  const events: string[] = []
  const renew = async () => ({ totals: committed, isLeader: false, hasEnded: false })
  const exposition = await begin({ lease: leaseOf({ renew }), highWaterMark: markOf(events) })
  expect(await exposition.expose(async (role) => role)).toBe('not_leader')
  expect(events).toEqual([])
})

test('a page whose mark cannot be written is not answered', async () => {
  const highWaterMark = {
    ...markOf([]),
    write: () => Promise.reject(new Error('the disk is full')),
  }
  const exposition = await begin({ highWaterMark })
  await expect(exposition.expose(async () => 'a page')).rejects.toThrow('the disk is full')
})

test('a page is discarded when the totals could not be read within half a lease', async () => {
  const lease = leaseOf({ renew: () => new Promise(() => undefined) })
  const exposition = await begin({ lease, pageAgeMsMax: 1 })
  await expect(exposition.expose(async () => 'a page')).rejects.toMatchObject({
    message: 'reading the totals took longer than 1 ms',
  })
})

test('a page is discarded when the process was suspended while it was collected', async () => {
  const exposition = await begin({ pageAgeMsMax: 20 })
  const standStill = async () => {
    const startedAt = performance.now()
    while (performance.now() - startedAt < 40);
    return 'a page'
  }
  await expect(exposition.expose(standStill)).rejects.toThrow('took longer than 20 ms')
})

test.each([
  ['half a lease is exposed', 5_000, true],
  ['longer is thrown away', 5_001, false],
])('a page whose collection took %s', async (_, tookMs, isExposed) => {
  let nowMs = 1_000
  const spy = vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
  onTestFinished(() => spy.mockRestore())
  const exposition = await begin()
  const page = exposition.expose(async () => {
    nowMs += tookMs
    return 'a page'
  })
  if (isExposed) expect(await page).toBe('a page')
  else await expect(page).rejects.toThrow('took longer than 5000 ms')
})

test('a ledger beside the high-water mark of another one is refused with the names of both', async () => {
  const highWaterMark = {
    ...markOf([]),
    read: async () => ({ seriesId: 'stranger-1', totals: [] }),
  }
  await expect(begin({ highWaterMark })).rejects.toMatchObject({
    code: 'ledger_fell',
    message: expect.stringMatching(/stranger-1 .* ledger01-1/),
  })
})

test('below the high-water mark nothing is exposed, and the lease is not even renewed', async () => {
  let renewals = 0
  const renew = async () => {
    renewals += 1
    return { totals: committed, isLeader: true, hasEnded: false }
  }
  const exposition = await begin({
    lease: leaseOf({ renew }),
    highWaterMark: markOf([], committed),
  })
  await expect(exposition.expose(async () => 'a page')).rejects.toMatchObject({
    code: 'ledger_fell',
    message: expect.stringContaining('npm run recover'),
  })
  expect(renewals).toBe(0)
})

test('an ended generation is not exposed, which every reading records in the ledger', async () => {
  let endings = 0
  const lease = leaseOf({
    renew: async () => ({ totals: committed, isLeader: false, hasEnded: true }),
    endGeneration: async () => {
      endings += 1
      throw new Error('the database is away')
    },
  })
  const exposition = await begin({ lease })
  for (const count of [1, 2]) {
    await expect(exposition.expose(async () => 'a page')).rejects.toMatchObject({
      code: 'ledger_fell',
      cause: expect.objectContaining({ message: 'the database is away' }),
    })
    expect(endings).toBe(count)
  }
  expect(exposition.canExpose).toBe(false)
})
