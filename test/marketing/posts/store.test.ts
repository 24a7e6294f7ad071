import { expect, test } from 'vitest'
import type { NewPostRow } from '../../../src/database/schema.ts'
import { createPostStore } from '../../../src/marketing/posts/store.ts'
import { minuteMs, morning } from '../../support/marketing.ts'
import { openTestLedger } from '../../support/open-test-ledger.ts'
import { oldPost } from '../../support/prunable-ledger.ts'

/** Newest first; the second and the third have the same instant, and so have the last two. */
const rows: readonly NewPostRow[] = [
  oldPost('summer', { id: 'post_5', scheduled_at: morning + 3 * minuteMs, state: 'sent' }),
  oldPost('summer', { id: 'post_4', scheduled_at: morning + minuteMs, channel: 'news' }),
  oldPost('summer', { id: 'post_3', scheduled_at: morning + minuteMs, state: 'sent' }),
  oldPost('winter', { id: 'post_2', scheduled_at: morning, channel: 'news', state: 'sent' }),
  oldPost('summer', { id: 'post_1', scheduled_at: morning }),
]

async function openStore() {
  const { database } = await openTestLedger('sqlite')
  await database.queries.insertInto('posts').values(rows.toReversed()).execute()
  return createPostStore(database.queries)
}

type List = (request: { limit: number; startingAfter: string | undefined }) => Promise<{
  rows: readonly { id: string }[]
  hasMore: boolean
}>

/** The ids of each page, until one says that it is the last. */
async function readPages(list: List, limit: number): Promise<readonly string[][]> {
  const pages: string[][] = []
  let startingAfter: string | undefined
  for (;;) {
    const page = await list({ limit, startingAfter })
    pages.push(page.rows.map(({ id }) => id))
    if (!page.hasMore) return pages
    startingAfter = pages.at(-1)?.at(-1)
  }
}

test('pages hold as many posts as asked for, and together each post once, the newest first', async () => {
  const { list, listAll } = await openStore()
  const all: List = (request) => listAll({}, request)
  expect(await readPages(all, 2)).toEqual([['post_5', 'post_4'], ['post_3', 'post_2'], ['post_1']])
  expect(await readPages(all, 5)).toEqual([['post_5', 'post_4', 'post_3', 'post_2', 'post_1']])
  const ofSummer: List = (request) => list('summer', request)
  expect(await readPages(ofSummer, 2)).toEqual([
    ['post_5', 'post_4'],
    ['post_3', 'post_1'],
  ])
  const sameInstant: List = (request) => listAll({ campaign: 'summer', state: ['sent'] }, request)
  expect(await readPages(sameInstant, 1)).toEqual([['post_5'], ['post_3']])
})

test('posts are counted by state up to a maximum, of a channel or a campaign or all', async () => {
  const { countByState } = await openStore()
  const none = { due: 0, sending: 0, unknown: 0, failed: 0 }
  const count = async (filter: object, countMax: number) =>
    Object.fromEntries(await countByState(filter, countMax))
  expect(await count({}, 9)).toEqual({ ...none, sent: 3, missed: 2 })
  expect(await count({}, 2)).toEqual({ ...none, sent: 2, missed: 2 })
  expect(await count({ channel: 'news' }, 9)).toEqual({ ...none, sent: 1, missed: 1 })
  expect(await count({ campaign: 'winter' }, 9)).toEqual({ ...none, sent: 1, missed: 0 })
})

test('a campaign has neither a post of another campaign nor one that there is not', async () => {
  const { getOf, list, listAll } = await openStore()
  expect(await getOf('winter', 'post_2')).toMatchObject({ id: 'post_2' })
  for (const id of ['post_1', 'post_none']) {
    await expect(getOf('winter', id)).rejects.toMatchObject({ code: 'not_found' })
    await expect(list('winter', { limit: 1, startingAfter: id })).rejects.toMatchObject({
      code: 'not_found',
    })
  }
  const after = { limit: 1, startingAfter: 'post_none' }
  await expect(listAll({}, after)).rejects.toMatchObject({ code: 'not_found' })
})

test('a slot has one post, and a run without slots inserts none', async () => {
  const { database } = await openTestLedger('sqlite')
  const { insert } = createPostStore(database.queries)
  expect(await insert(database.queries, rows)).toBe(5)
  expect(await insert(database.queries, rows.slice(0, 2))).toBe(0)
  expect(await insert(database.queries, [])).toBe(0)
})
