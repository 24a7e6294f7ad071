import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { showHolds } from '../../../src/marketing/posts/holds.ts'
import { createPostStore } from '../../../src/marketing/posts/store.ts'
import { minuteMs, morning } from '../../support/marketing.ts'
import { openTestLedger } from '../../support/open-test-ledger.ts'
import { oldPost } from '../../support/prunable-ledger.ts'

test('only posts that wait for a channel that asked to wait show it, however they are read', async () => {
  const { queries } = (await openTestLedger('sqlite')).database
  await queries
    .insertInto('posts')
    .values([
      oldPost('summer', { id: 'post_held', channel: 'news', state: 'due' }),
      oldPost('summer', { id: 'post_free', state: 'due' }),
      oldPost('summer', { id: 'post_sent', channel: 'news', state: 'sent' }),
    ])
    .execute()
  const until = morning + minuteMs
  await queries
    .insertInto('channels')
    .values({ name: 'news', not_before: until, busy_until: 0, busy_with: '' })
    .execute()
  const store = createPostStore(queries)
  const shown = showHolds(store, queries, {
    read: async () => morning,
    now: () => sql<number>`${morning}`,
  })
  const held = {
    ...(await store.getOf('summer', 'post_held')),
    not_before: until,
    reason: 'the channel asked to wait',
  }
  const expected = {
    post_held: held,
    post_free: await store.find('post_free'),
    post_sent: await store.find('post_sent'),
  }
  for (const [id, post] of Object.entries(expected)) {
    expect(await shown.find(id)).toEqual(post)
    expect(await shown.getOf('summer', id)).toEqual(post)
  }
  const all = { limit: 9, startingAfter: undefined }
  for (const { rows } of [await shown.list('summer', all), await shown.listAll({}, all)])
    expect(Object.fromEntries(rows.map((row) => [row.id, row]))).toEqual(expected)
  expect(await shown.find('post_none')).toBeUndefined()
})
