import { expect, test } from 'vitest'
import { openDeadLetterResolver } from '../../../src/stripe/sync/dead-letter-resolver.ts'
import { openSyncWork } from '../../support/sync-work.ts'

const letter = { type: 'charges', reason: 'broken', source: 'reconcile' } as const

async function openResolver() {
  const opened = await openSyncWork()
  await opened.letters.keep({ ...letter, id: 'ch_1' })
  await opened.letters.keep({ ...letter, id: 'ch_2' })
  return { ...opened, resolver: await openDeadLetterResolver(opened.work) }
}

test('the open dead letters of what was processed are resolved, and each is told once', async () => {
  const { resolver, open, told } = await openResolver()
  await resolver.resolve([undefined, 'ch_1', 'ch_1', 'ch_3'])
  await resolver.resolve(['ch_1'])
  expect(told).toEqual([{ info: { id: 'ch_1' } }])
  expect(await open()).toEqual({ ch_2: 'broken' })
})

test('a dead letter that the job itself keeps stays open, with its reason', async () => {
  const { resolver, open, told } = await openResolver()
  await resolver.work.ingest.keepDeadLetter({ ...letter, id: 'ch_1', reason: 'still' })
  await resolver.resolve(['ch_1', 'ch_2'])
  expect(told).toEqual([{ info: { id: 'ch_2' } }])
  expect(await open()).toEqual({ ch_1: 'still' })
})

test('a dismissed dead letter is none of the job', async () => {
  const { work, letters, told } = await openResolver()
  await letters.dismiss('ch_1')
  const { resolve } = await openDeadLetterResolver(work)
  await resolve(['ch_1'])
  expect(told).toEqual([])
  expect(await letters.find('ch_1')).toBeDefined()
})
