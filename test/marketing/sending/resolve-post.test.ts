import { describe, expect, test } from 'vitest'
import { createRecorder } from '../../../instrumentation/business/recorder.ts'
import type { NewPostRow } from '../../../src/database/schema.ts'
import { createPostStore } from '../../../src/marketing/posts/store.ts'
import { type Resolution, resolvePost } from '../../../src/marketing/sending/resolve.ts'
import { morning, openHouse } from '../../support/marketing.ts'

const resolvedAt = morning + 5_000

/** A ledger with one post in this state, and what an operator resolves it as. */
async function openPost(changes: Partial<NewPostRow>) {
  const { ledger, database, claims, facts, create } = await openHouse()
  const posts = createPostStore(database.queries)
  const campaign = await create()
  const row: NewPostRow = {
    id: 'post_1',
    campaign_id: campaign,
    slot_key: 'manual:1',
    scheduled_at: morning,
    state: 'unknown',
    message: 'one',
    text: 'one',
    channel: 'console',
    attempts: 1,
    not_before: morning,
    deadline: null,
    may_have_arrived: 1,
    receipt: null,
    reason: 'the connection broke',
    created_at: morning,
    finished_at: null,
  }
  await posts.insert(database.queries, [{ ...row, ...changes }])
  const asked: string[] = []
  const parts = {
    posts,
    claims,
    recorder: createRecorder({ record: ledger.record, plans: [] }),
    hasFact: async (key: string) => {
      asked.push(key)
      return ledger.hasFact(key)
    },
    now: () => resolvedAt,
  }
  const resolve = (as: Resolution, id = 'post_1', of = campaign) => resolvePost(parts, of, id, as)
  const keys = async () => (await facts()).map(({ key }) => key)
  return { resolve, asked, facts, keys, key: `post:${campaign}:manual:1` }
}

describe('a post that may have arrived', () => {
  test.each([
    ['is unknown', {}],
    ['was resolved as failed', { state: 'failed' }],
  ] as const)('and %s is sent and counted once when an operator found it', async (_, changes) => {
    const { resolve, asked, facts, key } = await openPost(changes)
    const sent = { id: 'post_1', state: 'sent', receipt: 'operator:post_1' }
    expect(await resolve('sent')).toMatchObject(sent)
    expect(await facts()).toMatchObject([
      { key, source: 'operator', evidence: 'operator:post_1', occurred_at: resolvedAt },
    ])
    expect(asked).toEqual([])
    expect(await resolve('sent')).toMatchObject(sent)
    expect(asked).toEqual([key])
    await expect(resolve('failed')).rejects.toMatchObject({ code: 'invalid_request' })
    expect(await facts()).toHaveLength(1)
  })

  test('is failed and not counted when an operator did not find it', async () => {
    const { resolve, asked, keys, key } = await openPost({})
    expect(await resolve('failed')).toMatchObject({ id: 'post_1', state: 'failed' })
    expect(asked).toEqual([])
    expect(await resolve('failed')).toMatchObject({ state: 'failed' })
    expect(asked).toEqual([key])
    expect(await keys()).toEqual([])
  })
})

describe('a post whose outcome is known or still to come is not resolved', () => {
  test.each([
    ['refused by the channel', { state: 'failed', may_have_arrived: 0 }],
    ['due again', { state: 'due' }],
    ['being sent', { state: 'sending' }],
    ['missed', { state: 'missed' }],
  ] as const)('as it was %s', async (_, changes) => {
    const { resolve, keys } = await openPost(changes)
    const because = `is ${changes.state} (the connection broke): only a post that is unknown`
    await expect(resolve('sent')).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(because),
    })
    expect(await keys()).toEqual([])
  })

  test('and the answer has no empty brackets where there is no reason', async () => {
    const { resolve } = await openPost({ state: 'due', reason: null })
    await expect(resolve('failed')).rejects.toThrow('post_1 is due: only a post that is unknown')
  })
})

test('a post that the campaign does not have is not found', async () => {
  const { resolve } = await openPost({})
  await expect(resolve('sent', 'post_2')).rejects.toMatchObject({ code: 'not_found' })
  await expect(resolve('sent', 'post_1', 'other')).rejects.toMatchObject({ code: 'not_found' })
})
