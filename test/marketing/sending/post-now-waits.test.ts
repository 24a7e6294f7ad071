import { describe, expect, test, vi } from 'vitest'
import { createPostNow } from '../../../src/marketing/sending/post-now.ts'
import { theOnlyPost } from '../../support/news-campaign.ts'
import { neverAgain, openPostNow } from '../../support/open-post-now.ts'

describe('a post now whose campaign is changed meanwhile', () => {
  const openChanging = async (times: number) => {
    const { campaign, parts, sent } = await openPostNow()
    const takeMessage = vi.fn(parts.cursor.takeMessage)
    for (let count = 0; count < times; count += 1) takeMessage.mockResolvedValueOnce(undefined)
    const postNow = createPostNow({ ...parts, cursor: { ...parts.cursor, takeMessage } })
    return { call: () => postNow(campaign), sent }
  }

  test('reads it again, and is sent once', async () => {
    const { call, sent } = await openChanging(9)
    expect(await call()).toMatchObject({ isNew: true, post: { state: 'sent' } })
    expect(sent).toHaveLength(1)
  })

  test('is refused after ten times', async () => {
    const { call, sent } = await openChanging(10)
    await expect(call()).rejects.toMatchObject({ code: 'overloaded' })
    expect(sent).toEqual([])
  })
})

describe('an Idempotency-Key that was used before', () => {
  test('answers with the post as it is now, also without its channel, once its fact is safe', async () => {
    const { house, campaign, parts, sent, asked, setChannel, claims } = await openPostNow()
    await setChannel({ not_before: house.clock.now + 1_000 })
    const postNow = createPostNow(parts)
    const first = await postNow(campaign, 'launch')
    expect(first).toMatchObject({ isNew: true, post: { state: 'due' } })
    const key = `post:${campaign}:${first.post.slot_key}`
    await claims.markSent(house.database.queries, first.post, 'later', 0)
    asked.length = 0
    const another = createPostNow({
      ...parts,
      sending: { ...parts.sending, channels: new Map() },
    })
    for (const call of [postNow, another])
      expect(await call(campaign, 'launch')).toMatchObject({
        isNew: false,
        post: { id: first.post.id, state: 'sent', receipt: 'later' },
      })
    expect(asked).toEqual([key, key])
    expect(sent).toEqual([])
    expect((await postNow(campaign, 'another launch')).post.id).not.toBe(first.post.id)
  })

  test('is refused once its post was pruned', async () => {
    const { queries, campaign, parts, sent } = await openPostNow()
    const postNow = createPostNow(parts)
    await postNow(campaign, 'launch')
    await queries.deleteFrom('posts').execute()
    await expect(postNow(campaign, 'launch')).rejects.toMatchObject({
      code: 'idempotency_key_spent',
    })
    expect(sent).toHaveLength(1)
  })
})

describe('a post now for a busy channel', () => {
  const openBusy = async () => {
    const opened = await openPostNow()
    const { house, campaign, parts, setChannel } = opened
    await setChannel({ busy_until: house.clock.now + 5_000 })
    return { ...opened, postNow: () => createPostNow(parts)(campaign) }
  }

  test('waits for it, and is sent once it is free', async () => {
    const { postNow, claimPost, setChannel, sent } = await openBusy()
    const posting = postNow()
    await vi.waitFor(() => expect(claimPost).toHaveBeenCalledTimes(2))
    await setChannel({})
    expect(await posting).toMatchObject({ post: { state: 'sent' } })
    expect(sent).toHaveLength(1)
  })

  test('leaves it to the schedule when the channel asks to wait', async () => {
    const { house, postNow, claimPost, setChannel, sent } = await openBusy()
    await setChannel({ not_before: house.clock.now + 1_000 })
    claimPost.mockImplementationOnce(async () => undefined).mockImplementation(neverAgain)
    expect(await postNow()).toMatchObject({ isNew: true, post: { state: 'due', attempts: 0 } })
    expect(sent).toEqual([])
  })

  test('waits while the schedule sends it, and answers what came of it', async () => {
    const { house, postNow, claimPost, setChannel, claims, sent } = await openBusy()
    await setChannel({})
    claimPost
      .mockImplementationOnce(async (post) => {
        await claims.claimPost(post, 1_000)
        return undefined
      })
      .mockImplementationOnce(async () => {
        const waitMs = 1_000
        const change = { state: 'due', reason: 'busy', waitMs, mayHaveArrived: false } as const
        await claims.finishAttempt(await theOnlyPost(house), change, 0)
        return undefined
      })
      .mockImplementation(neverAgain)
    expect(await postNow()).toMatchObject({ post: { state: 'due', attempts: 1, reason: 'busy' } })
    expect(sent).toEqual([])
  })

  test('ends when its campaign does', async () => {
    const { postNow, claimPost, change } = await openBusy()
    claimPost
      .mockImplementationOnce(async () => {
        await change({ state: 'missed' })
        return undefined
      })
      .mockImplementation(neverAgain)
    expect(await postNow()).toMatchObject({ post: { state: 'missed', attempts: 0 } })
  })

  test('is refused while 32 others wait, each of which makes room for one', async () => {
    const { house, campaign, parts, change, setChannel } = await openBusy()
    const postNow = createPostNow(parts)
    const begin = (count: number) => Array.from({ length: count }, () => postNow(campaign))
    const waiting = begin(32)
    await vi.waitFor(async () => expect(await house.posts()).toHaveLength(32))
    await expect(postNow(campaign)).rejects.toMatchObject({ code: 'overloaded' })
    const [first] = await house.posts()
    await change({ state: 'missed' }, first?.id)
    await Promise.any(waiting)
    const next = begin(1)
    await expect(postNow(campaign)).rejects.toMatchObject({ code: 'overloaded' })
    await setChannel({ not_before: house.clock.now + 1_000 })
    await Promise.all([...waiting, ...next])
    expect(await house.posts()).toHaveLength(33)
  })
})
