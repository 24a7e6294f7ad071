import { describe, expect, test, vi } from 'vitest'
import { createPostNow } from '../../../src/marketing/sending/post-now.ts'
import { neverAgain, openPostNow } from '../../support/open-post-now.ts'

describe('posts now', () => {
  test('without an Idempotency-Key are another post each, of the next message each', async () => {
    const { house, campaign, parts, asked } = await openPostNow()
    const postNow = createPostNow(parts)
    for (const message of ['one', 'two'])
      expect(await postNow(campaign)).toMatchObject({
        isNew: true,
        post: { state: 'sent', message, scheduled_at: house.clock.now },
      })
    const posts = await house.posts()
    expect(asked.toSorted()).toEqual(
      posts.map(({ slot_key }) => `post:${campaign}:${slot_key}`).toSorted(),
    )
  })

  test('with one Idempotency-Key that come together are one call', async () => {
    const { campaign, parts, sent } = await openPostNow()
    const find = vi.fn(parts.posts.find)
    const postNow = createPostNow({ ...parts, posts: { ...parts.posts, find } })
    const answers = await Promise.all([1, 2, 3].map(() => postNow(campaign, 'launch')))
    expect(answers.map(({ isNew }) => isNew).toSorted()).toEqual([false, false, true])
    expect(new Set(answers.map(({ post }) => post.id)).size).toBe(1)
    expect(find).toHaveBeenCalledOnce()
    expect(sent).toHaveLength(1)
  })

  test('with one Idempotency-Key at two replicas are one post and take one message', async () => {
    const { house, campaign, parts, asked, sent } = await openPostNow()
    const first = await createPostNow(parts)(campaign, 'launch')
    asked.length = 0
    const hasFact = vi.fn(parts.hasFact).mockResolvedValueOnce(false)
    const posts = { ...parts.posts, find: async () => undefined }
    const second = await createPostNow({ ...parts, posts, hasFact })(campaign, 'launch')
    expect(second).toEqual({ post: first.post, isNew: false })
    expect(asked).toEqual([`post:${campaign}:${first.post.slot_key}`])
    expect(sent).toHaveLength(1)
    await createPostNow(parts)(campaign)
    const messages = (await house.posts()).map(({ message }) => message)
    expect(messages.toSorted()).toEqual(['one', 'two'])
  })

  test('are refused, and leave nothing, where their channel is not configured', async () => {
    const { house, campaign, parts } = await openPostNow()
    const sending = { ...parts.sending, channels: new Map() }
    await expect(createPostNow({ ...parts, sending })(campaign)).rejects.toMatchObject({
      code: 'unknown_channel',
    })
    expect(await house.posts()).toEqual([])
  })
})

test('an Idempotency-Key can be used again after its post now failed', async () => {
  const { campaign, parts } = await openPostNow()
  const get = vi.fn(parts.posts.getOf).mockRejectedValueOnce(new Error('the ledger is away'))
  const postNow = createPostNow({ ...parts, posts: { ...parts.posts, getOf: get } })
  await expect(postNow(campaign, 'launch')).rejects.toThrow('is away')
  expect(await postNow(campaign, 'launch')).toMatchObject({ isNew: false })
})

test('the answer waits until this process has finished with the post', async () => {
  const { campaign, parts } = await openPostNow()
  const finished = Promise.withResolvers<void>()
  const finish = vi.fn(() => finished.promise)
  const sending = { ...parts.sending, postSlot: { ...parts.sending.postSlot, finish } }
  let isAnswered = false
  const posting = createPostNow({ ...parts, sending })(campaign).then(({ post }) => {
    isAnswered = true
    return post.id
  })
  await vi.waitFor(() => expect(finish).toHaveBeenCalled())
  await new Promise(setImmediate)
  expect(isAnswered).toBe(false)
  finished.resolve()
  expect(finish).toHaveBeenCalledWith(await posting)
})

test('a post now that waited as long as a claim lasts is left to the schedule', async () => {
  const { campaign, parts, claimPost, sent } = await openPostNow()
  const clock = { now: 50_000 }
  const pass = (ms: number) => async () => {
    clock.now += ms
    return undefined
  }
  claimPost
    .mockImplementationOnce(pass(parts.sending.claimMs - 1))
    .mockImplementationOnce(pass(1))
    .mockImplementation(neverAgain)
  const sending = { ...parts.sending, monotonicNow: () => clock.now }
  expect(await createPostNow({ ...parts, sending })(campaign)).toMatchObject({
    isNew: true,
    post: { state: 'due', attempts: 0 },
  })
  expect(claimPost).toHaveBeenCalledTimes(2)
  expect(sent).toEqual([])
})
