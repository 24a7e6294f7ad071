import { expect, test } from 'vitest'
import type { NewPostRow } from '../../../src/database/schema.ts'
import { prunePosts } from '../../../src/marketing/posts/prune.ts'
import { minuteMs, openHouse } from '../../support/marketing.ts'
import { engines, openTestLedger } from '../../support/open-test-ledger.ts'
import { dayMs, oldPost } from '../../support/prunable-ledger.ts'

/** A campaign whose slots are processed until an hour ago, and what happened to one post of its. */
async function openWithPost(changes: (before: number) => Partial<NewPostRow>) {
  const house = await openHouse()
  const { queries } = house.database
  const id = await house.create()
  await house.request('POST', `/v1/campaigns/${id}/posts`)
  const [sent] = await house.posts()
  if (sent === undefined) throw new Error('nothing was posted')
  await queries.deleteFrom('posts').execute()
  const before = house.clock.now + dayMs
  await queries
    .updateTable('campaigns')
    .set({ slots_through: before - 60 * minuteMs })
    .execute()
  const post = oldPost(id, { id: 'post_1', ...changes(before) })
  await queries
    .insertInto('posts')
    .values(post.slot_key === 'the sent one' ? { ...post, slot_key: sent.slot_key } : post)
    .execute()
  return { house, before }
}

test.each([
  ['just before', 1, { finished_at: -1 }],
  ['at that instant', 0, { finished_at: 0 }],
  ['at a time that is not known', 0, { finished_at: null }],
  ['for a slot at that instant', 0, { scheduled_at: 0, slot_key: 'the sent one', state: 'sent' }],
  ['for the last slot that was processed', 1, { scheduled_at: -60 * minuteMs }],
  ['for a slot that is still to be processed', 0, { scheduled_at: -60 * minuteMs + 1 }],
  [
    'by hand, after the last slot that was processed',
    1,
    { scheduled_at: -1, slot_key: 'the sent one', state: 'sent' },
  ],
] as const)(
  'of posts until an instant, one that finished %s is deleted: %i',
  async (_, deleted, ago) => {
    const { house, before } = await openWithPost((end) => ({
      ...ago,
      ...('scheduled_at' in ago ? { scheduled_at: end + ago.scheduled_at } : {}),
      ...('finished_at' in ago
        ? { finished_at: ago.finished_at === null ? null : end + ago.finished_at }
        : {}),
    }))
    const expected = { posts: deleted, keptManual: 0, keptUnknown: 0 }
    const { queries } = house.database
    expect(await prunePosts(queries, before, true)).toEqual(expected)
    expect(await house.posts()).toHaveLength(1)
    expect(await prunePosts(queries, before, false)).toEqual(expected)
    expect(await house.posts()).toHaveLength(1 - deleted)
  },
)

test('posts are deleted by hundreds, save those whose row is still needed', async () => {
  const { house, before } = await openWithPost(() => ({}))
  const { queries } = house.database
  const [{ campaign_id: id } = { campaign_id: '' }] = await house.posts()
  const old = (count: number) =>
    Array.from({ length: count }, (_, index) => oldPost(id, { id: `post_${count}_${index}` }))
  for (const count of [400, 401, 402])
    await queries.insertInto('posts').values(old(count)).execute()
  const manual = { slot_key: 'manual:1', state: 'failed' } as const
  await queries
    .insertInto('posts')
    .values([
      oldPost(id, { id: 'post_manual', ...manual }),
      oldPost(id, { id: 'post_unknown', state: 'unknown' }),
      oldPost('gone', { id: 'post_of_no_campaign' }),
    ])
    .execute()
  const expected = { posts: 1_204, keptManual: 1, keptUnknown: 1 }
  expect(await prunePosts(queries, before, true)).toEqual(expected)
  expect(await prunePosts(queries, before, false)).toEqual(expected)
  expect((await house.posts()).map((post) => post.id)).toEqual([
    'post_manual',
    'post_of_no_campaign',
    'post_unknown',
  ])
})

test.each(engines)('a ledger without posts has none to delete, on %s', async (engine) => {
  const { database } = await openTestLedger(engine)
  const none = { posts: 0, keptManual: 0, keptUnknown: 0 }
  expect(await prunePosts(database.queries, Date.now(), false)).toEqual(none)
})
