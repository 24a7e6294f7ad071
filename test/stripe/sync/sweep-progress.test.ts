import { expect, test } from 'vitest'
import { openSweepProgress, readSweepProgress } from '../../../src/stripe/sync/sweep-progress.ts'
import { openSyncWork } from '../../support/sync-work.ts'

const next = { startingAfter: 'evt_1', createdToSeconds: 7 }
const read = { position: 7, window: { since: 1, to: null, types: ['a'], next }, fault: 'broken' }
const unread = { position: null, window: null, fault: null }

test('before the first sweep no list has a position', async () => {
  const { work } = await openSyncWork()
  expect((await openSweepProgress(work.syncState)).of('events')).toEqual(unread)
})

test('a new list begins where the last complete sweep ended, the others where they are', async () => {
  const { work } = await openSyncWork()
  const text = JSON.stringify({ lists: { sessions: read } })
  await work.syncState.succeed('sweep', { position: 42, report: null, progress: text })
  const progress = await openSweepProgress(work.syncState)
  expect(progress.of('events')).toEqual({ ...unread, position: 42 })
  expect(progress.of('sessions')).toEqual(read)
  expect(JSON.parse(progress.text())).toEqual({ lists: { sessions: read } })
})

test('the progress of a list is kept beside that of the others', async () => {
  const { work } = await openSyncWork()
  const progress = await openSweepProgress(work.syncState)
  await progress.save('sessions', read)
  await progress.save('events', unread)
  expect(progress.of('sessions')).toEqual(read)
  const kept = readSweepProgress(await work.syncState.read('sweep'))
  expect(kept).toEqual({ sessions: read, events: unread })
})

test('no progress, and what another version stored, counts as nothing', () => {
  expect(readSweepProgress(undefined)).toEqual({})
  expect(readSweepProgress({ progress: null })).toEqual({})
  expect(readSweepProgress({ progress: '{"lists":{"events":{}}}' })).toEqual({})
})
