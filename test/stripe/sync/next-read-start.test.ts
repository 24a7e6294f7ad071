import { expect, test } from 'vitest'
import { createClock } from '../../../src/database/clock.ts'
import { nextReadStart } from '../../../src/stripe/sync/next-read-start.ts'
import { createSyncState, type SyncJobName } from '../../../src/stripe/sync/sync-state.ts'
import { genesis, openTestLedger } from '../../support/open-test-ledger.ts'
import { dayMs, type Synced, storeSync } from '../../support/prunable-ledger.ts'

const hourMs = 3_600_000
const now = genesis + 400 * dayMs
/** What the daily reconcile reads in `storeSync`: 35 days before the last wide one, which began a day ago. */
const wideStart = now - 36 * dayMs

async function startOf(synced: Synced, store?: object, name: SyncJobName = 'sweep') {
  const { queries } = (await openTestLedger('sqlite')).database
  const syncState = createSyncState(
    queries,
    createClock('sqlite', () => now),
  )
  await storeSync(syncState, now, synced)
  if (store !== undefined) await syncState.saveProgress(name, JSON.stringify(store))
  return nextReadStart({ syncState, genesis, now })
}

test('a ledger whose jobs have not run reads from its genesis', async () => {
  const syncState = { read: async () => undefined }
  expect(await nextReadStart({ syncState, genesis, now })).toBe(genesis)
})

test.each([
  ['as they do all the time', {}, wideStart],
  ['with a sweep that is far behind', { position: now - 50 * dayMs }, now - 50 * dayMs - hourMs],
  ['with a sweep without a position', { position: null }, genesis],
  ['with a sweep ahead of the clock', { position: now + 1 }, genesis],
  ['with a sweep at the clock', { position: now }, wideStart],
  ['with no wide reconcile', { wideBeganAt: null }, genesis],
  ['with an old wide reconcile', { wideBeganAt: now - 60 * dayMs }, now - 95 * dayMs],
  ['with an interrupted reconcile', { since: now - 77 * dayMs }, now - 77 * dayMs],
  ['with a list that was refused', { refusedSince: now - 66 * dayMs }, now - 66 * dayMs],
  ['with a start before the genesis', { since: genesis - dayMs }, genesis],
] as const)(
  'where the jobs run %s, the next one reads from where it has to',
  async (_, synced, start) => {
    expect(await startOf(synced)).toBe(start)
  },
)

test("a sweep's interrupted window, and the list that is furthest behind, are read again", async () => {
  const list = { position: now, window: null, fault: null }
  const next = { startingAfter: 'evt_1', createdToSeconds: null }
  const window = { since: now - 80 * dayMs, to: null, types: [], next }
  expect(await startOf({}, { lists: { events: { ...list, window } } })).toBe(now - 80 * dayMs)
  const behind = { ...list, position: now - 40 * dayMs }
  expect(await startOf({}, { lists: { events: list, checkout_sessions: behind } })).toBe(
    now - 40 * dayMs - hourMs,
  )
  expect(await startOf({}, { lists: { events: { ...list, position: null } } })).toBe(genesis)
  expect(await startOf({}, { lists: 'of another version' })).toBe(wideStart)
})
