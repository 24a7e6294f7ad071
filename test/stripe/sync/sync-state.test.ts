import { expect, test } from 'vitest'
import { createClock } from '../../../src/database/clock.ts'
import { createSyncState } from '../../../src/stripe/sync/sync-state.ts'
import { genesis, openTestLedger } from '../../support/open-test-ledger.ts'

async function openState() {
  const { database } = await openTestLedger('sqlite')
  const clock = { now: genesis }
  const state = createSyncState(
    database.queries,
    createClock('sqlite', () => clock.now),
  )
  return { queries: database.queries, clock, state }
}

test('a job has the state of its last success, and progress only while it runs', async () => {
  const { clock, state } = await openState()
  expect(await state.read('sweep')).toBeUndefined()
  await state.saveProgress('sweep', 'first page')
  const begun = { position: null, succeededAt: null, report: null, readAt: genesis }
  expect(await state.read('sweep')).toEqual({ ...begun, progress: 'first page' })
  await state.succeed('sweep', { position: 7, report: 'found' })
  const done = { position: 7, succeededAt: genesis, report: 'found', readAt: genesis }
  expect(await state.read('sweep')).toEqual({ ...done, progress: null })
  await state.saveProgress('sweep', 'next')
  clock.now += 1
  const later = { ...done, readAt: genesis + 1 }
  expect(await state.read('sweep')).toEqual({ ...later, progress: 'next' })
  await state.succeed('sweep', { position: 8, report: 'more', progress: 'kept' })
  expect(await state.read('sweep')).toEqual({
    position: 8,
    succeededAt: genesis + 1,
    report: 'more',
    progress: 'kept',
    readAt: genesis + 1,
  })
  expect(await state.read('reconcile')).toBeUndefined()
})

test('a success later than now, by a clock that was ahead, counts as none', async () => {
  const { clock, state } = await openState()
  await state.succeed('sweep', { position: null, report: null })
  clock.now -= 1
  expect(await state.read('sweep')).toMatchObject({ succeededAt: null, readAt: genesis - 1 })
})

test('a notice of lost events names the event that told of it last', async () => {
  const { queries, state } = await openState()
  for (const id of ['evt_1', 'evt_2']) {
    await state.noteLostEvents(id)
    const rows = await queries.selectFrom('sync_state').select(['name', 'report']).execute()
    expect(rows).toEqual([{ name: 'lost_events', report: `{"eventId":"${id}"}` }])
  }
})

test('each notice of lost events has its number, and is pending until that one is acknowledged', async () => {
  const { state } = await openState()
  expect(await state.pendingNotice()).toBeUndefined()
  await state.noteLostEvents('evt_1')
  expect(await state.pendingNotice()).toBe(1)
  await state.noteLostEvents('evt_2')
  expect(await state.pendingNotice()).toBe(2)
  await state.acknowledgeNotice(1)
  expect(await state.pendingNotice()).toBe(2)
  await state.acknowledgeNotice(2)
  expect(await state.pendingNotice()).toBeUndefined()
  await state.noteLostEvents('evt_3')
  expect(await state.pendingNotice()).toBe(3)
})
