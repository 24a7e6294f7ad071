import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { type DatabaseLocation, openDatabase } from '../../src/database/open.ts'
import { createApi } from '../../src/http/api.ts'
import { ledgerRoutes } from '../../src/ledger/api/routes.ts'
import { openIdentity } from '../../src/ledger/identity.ts'
import { readTotals } from '../../src/ledger/read/totals.ts'
import { readPages } from './big-pages.ts'

export interface Turns {
  /** How long this thread itself worked between two turns of the loop: what others have to wait for. */
  readonly p99Ms: number
  readonly longestMs: number
  readonly pagesPerSecond: number
}

const warmUpMsMax = 2_000
/** A turn in which nothing was to be done does not count. */
const idleTurnMs = 0.1

/**
 * Reads pages of a ledger in this process all the time, and tells how long each turn of its event loop
 * kept the processor: unlike a latency, the machine's other work does not change it.
 */
export async function measureTurns(location: DatabaseLocation, forMs: number): Promise<Turns> {
  await using stack = new AsyncDisposableStack()
  const { engine, queries, close } = await openDatabase(location)
  stack.defer(close)
  const identity = await openIdentity(queries, {
    mode: 'test',
    account: null,
    clock: () => sql<number>`${Date.now()}`,
    stripeNow: Date.now(),
    createLedgerId: () => 'empty',
  })
  const api = createApi({ onFault: () => undefined, requestIdOf: () => 'bench' })
  ledgerRoutes({
    ledger: { engine, queries, identity, readTotals: () => readTotals(queries) },
    exposition: { exposed: () => [], isLeader: () => true },
    now: Date.now,
  })(api)
  const readers = readPages(async (path) => api.request(path))
  await wait(Math.min(warmUpMsMax, forMs))
  const turnsMs: number[] = []
  const pagesBefore = readers.pageCount
  let before = process.threadCpuUsage()
  const startedAt = performance.now()
  while (performance.now() - startedAt < forMs) {
    await new Promise(setImmediate)
    const { user, system } = process.threadCpuUsage(before)
    before = process.threadCpuUsage()
    const lockMs = (user + system) / 1000
    if (lockMs > idleTurnMs) turnsMs.push(lockMs)
  }
  const pagesPerSecond = ((readers.pageCount - pagesBefore) / forMs) * 1000
  await readers.stop()
  const sorted = turnsMs.toSorted((one, other) => one - other)
  return {
    p99Ms: sorted[Math.ceil(0.99 * sorted.length) - 1] ?? 0,
    longestMs: sorted.at(-1) ?? 0,
    pagesPerSecond,
  }
}
