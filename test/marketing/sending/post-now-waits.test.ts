import { describe, expect, test, vi } from 'vitest'
import { createRecorder } from '../../../instrumentation/business/recorder.ts'
import { createChannels } from '../../../src/marketing/channels/registry.ts'
import { createPostSlot } from '../../../src/marketing/sending/attempt.ts'
import type { PostClaims } from '../../../src/marketing/sending/claims.ts'
import { createPostNow, type ManualPosts } from '../../../src/marketing/sending/post-now.ts'
import { openTables } from '../../../src/marketing/tables.ts'
import { openHouse } from '../../support/marketing.ts'
import { theOnlyPost } from '../../support/news-campaign.ts'

/** Posting now on a real ledger, without the schedule; what it claims and sends is noted. */
async function openPostNow() {
  const house = await openHouse()
  const campaign = await house.create()
  const { claims, ledger, time, clock } = house
  const { queries } = house.database
  const now = () => clock.now
  const print = () => undefined
  const sent: string[] = []
  const asked: string[] = []
  const log = { info: print, warn: print, error: print }
  const claimPost = vi.fn<PostClaims['claimPost']>(claims.claimPost)
  const parts: ManualPosts = {
    ...openTables(queries),
    time,
    sending: {
      claims: { ...claims, claimPost },
      postSlot: createPostSlot({
        claims,
        recorder: createRecorder({ record: ledger.record, plans: [] }),
        sendPost: async ({ id }) => {
          sent.push(id)
          return { kind: 'sent', receipt: `receipt_${sent.length}` }
        },
        lockMs: 5_000,
        now,
        log,
      }),
      channels: createChannels(new Map([['console', 'console:']]), { fetch, now, print }),
      monotonicNow: () => performance.now(),
      claimMs: 60_000,
    },
    createId: () => crypto.randomUUID(),
    hasFact: async (key) => {
      asked.push(key)
      return ledger.hasFact(key)
    },
  }
  /** What the channel's row says, as another process would have it. */
  const setChannel = (row: { busy_until?: number; not_before?: number }) => {
    const values = { name: 'console', not_before: 0, busy_until: 0, busy_with: 'another', ...row }
    return queries
      .insertInto('channels')
      .values(values)
      .onConflict((conflict) => conflict.column('name').doUpdateSet(values))
      .execute()
  }
  const change = (changes: { state?: 'missed'; attempts?: number }, id?: string) =>
    queries
      .updateTable('posts')
      .set(changes)
      .$if(id !== undefined, (query) => query.where('id', '=', id ?? ''))
      .execute()
  return { house, queries, campaign, claims, parts, claimPost, sent, asked, setChannel, change }
}

function neverAgain(): never {
  throw new Error('it was claimed again')
}

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
