import { readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import type { Recorder } from '../../instrumentation/recorder.ts'
import { AppError } from '../../src/errors.ts'
import { type Behaviour, openReceiver } from './receiver.ts'
import { type House, type HouseOptions, minuteMs, openHouse } from './support.ts'

/** A house with a receiver and one campaign whose first slot is half a minute away. */
const openNews = async (options: HouseOptions = {}) => {
  const receiver = await openReceiver()
  const house = await openHouse({ channels: { news: receiver.address }, ...options })
  const id = await house.create({ channel: 'news', cron: '0 * * * *' })
  return { receiver, house, id }
}

const theOnlyPost = async (house: House) => {
  const [post, ...others] = await house.posts()
  if (post === undefined || others.length > 0) throw new Error('one post was expected')
  return post
}

const limited: Behaviour = { end: 'answers', status: 429, headers: { 'retry-after': '40' } }

describe('a post', () => {
  it('is sent to the receiver once and counted', async () => {
    const { house, receiver } = await openNews()
    await house.pass(minuteMs)
    const post = await theOnlyPost(house)
    expect(post).toMatchObject({ state: 'sent', attempts: 1, receipt: post.id, reason: null })
    expect([...receiver.taken.keys()]).toEqual([post.id])
    expect(await house.total()).toBe(1)
  })

  it('is not tried again before the receiver allows it', async () => {
    const { house, receiver } = await openNews()
    receiver.willDo(limited)
    await house.pass(minuteMs)
    expect(await theOnlyPost(house)).toMatchObject({
      state: 'due',
      reason: 'the receiver answered 429',
      not_before: house.clock.now + 40_000,
    })
    await house.pass(39_999)
    expect(receiver.requests).toHaveLength(1)
    await house.pass(1)
    expect(receiver.requests).toHaveLength(2)
    expect(await theOnlyPost(house)).toMatchObject({ state: 'sent', attempts: 2, reason: null })
  })

  it('is not tried again earlier by another process either', async () => {
    const { house, receiver } = await openNews()
    receiver.willDo(limited)
    await house.pass(minuteMs)
    await house.marketing.stop()
    await house.database.close()
    const later = await openHouse({
      path: house.path,
      channels: { news: receiver.address },
      startAt: house.clock.now,
    })
    await later.pass(39_999)
    expect(receiver.requests).toHaveLength(1)
    await later.pass(1)
    expect(await later.total()).toBe(1)
  })

  it('comes once although the receiver took it and then broke', async () => {
    const { house, receiver } = await openNews({ sendTimeoutMs: 50 })
    receiver.willDo(
      { takes: true, end: 'answers', status: 500 },
      { takes: true, end: 'resets' },
      { takes: true, end: 'hangs' },
    )
    for (const wait of [minuteMs, 5_000, 10_000, 20_000]) await house.pass(wait)
    expect(receiver.requests).toHaveLength(4)
    expect(new Set(receiver.requests.map((request) => request.id)).size).toBe(1)
    expect(new Set(receiver.requests.map((request) => request.body)).size).toBe(1)
    expect(receiver.taken.size).toBe(1)
    expect(await house.total()).toBe(1)
  })

  it('fails when the receiver refuses it or redirects, and is not tried again', async () => {
    for (const status of [404, 302]) {
      const { house, receiver } = await openNews()
      receiver.willDo({ end: 'answers', status, headers: { location: '/elsewhere' } })
      await house.pass(minuteMs)
      await house.pass(minuteMs)
      expect(await theOnlyPost(house)).toMatchObject({ state: 'failed', attempts: 1 })
      expect(receiver.requests).toHaveLength(1)
      expect(await house.total()).toBe(0)
    }
  })

  it('fails after eight attempts that never arrived', async () => {
    const { house, receiver } = await openNews()
    await receiver.close()
    for (let attempt = 0; attempt < 10; attempt += 1) await house.pass(5 * minuteMs)
    expect(await theOnlyPost(house)).toMatchObject({
      state: 'failed',
      attempts: 8,
      reason: expect.stringContaining('refused the connection (ECONNREFUSED), at the last of 8'),
    })
  })

  it('is unknown after eight attempts of which one may have arrived', async () => {
    const { house, receiver } = await openNews()
    receiver.willDo({ end: 'resets' }, ...Array(7).fill({ ...limited, headers: {} }))
    for (let attempt = 0; attempt < 10; attempt += 1) await house.pass(5 * minuteMs)
    expect(await theOnlyPost(house)).toMatchObject({ state: 'unknown', attempts: 8 })
    expect(await house.marketing.countOpenPosts()).toEqual({ due: 0, sending: 0, unknown: 1 })
  })

  it('that was put off is not sent when nobody looked in time', async () => {
    for (const [behaviour, state] of [
      [limited, 'failed'],
      [{ end: 'resets' }, 'unknown'],
    ] as const) {
      const { house, receiver } = await openNews()
      receiver.willDo(behaviour)
      await house.pass(minuteMs)
      await house.pass(12 * minuteMs)
      expect((await theOnlyPost(house)).state).toBe(state)
      expect(receiver.requests).toHaveLength(1)
    }
  })
})

describe('a process that ends between the send and the commit', () => {
  const openDoomed = () => {
    const never = new Promise<never>(() => undefined)
    return openNews({ recorder: (real) => ({ ...real, recordMarketingPost: () => never }) })
  }

  it('leaves a post that becomes unknown and is never sent again', async () => {
    const { house, receiver } = await openDoomed()
    house.clock.now += minuteMs
    await house.marketing.tick()
    await vi.waitFor(() => expect(receiver.taken.size).toBe(1))
    expect(await house.states()).toEqual(['sending'])
    vi.spyOn(house.marketing, 'stop').mockResolvedValue(undefined)
    await house.database.close()

    const later = await openHouse({
      path: house.path,
      channels: { news: receiver.address },
      startAt: house.clock.now,
    })
    await later.pass(17_000)
    expect(await later.states()).toEqual(['sending'])
    await later.pass(1)
    for (let minute = 0; minute < 20; minute += 1) await later.pass(minuteMs)
    expect(await theOnlyPost(later)).toMatchObject({
      state: 'unknown',
      deadline: null,
      reason: expect.stringContaining('look at the channel'),
    })
    expect(receiver.requests).toHaveLength(1)
    expect(await later.facts()).toEqual([])
    expect(await later.marketing.countOpenPosts()).toMatchObject({ unknown: 1 })
  })
})

describe('a ledger that cannot commit', () => {
  /** Fails as the ledger does; with `afterWriting` inside the transaction, after the post's change. */
  const failing =
    (isFailing: () => boolean, afterWriting = false) =>
    (real: Recorder) => ({
      ...real,
      recordMarketingPost: ((post, alongside) => {
        if (!isFailing()) return real.recordMarketingPost(post, alongside)
        if (!afterWriting) return Promise.reject(new AppError('not_committed', 'send it again'))
        return real.recordMarketingPost(post, async (transaction) => {
          await alongside?.(transaction)
          throw new Error('disk full')
        })
      }) satisfies Recorder['recordMarketingPost'],
    })

  it('shows neither the outcome nor the fact', async () => {
    const { house, receiver } = await openNews({ recorder: failing(() => true, true) })
    await house.pass(minuteMs)
    expect(receiver.taken.size).toBe(1)
    expect(await house.states()).toEqual(['sending'])
    expect(await house.facts()).toEqual([])
    expect(await house.total()).toBe(0)
  })

  it('gets the outcome later from the process that knows it, also after the deadline', async () => {
    let isDown = true
    const { house, receiver } = await openNews({ recorder: failing(() => isDown) })
    await house.pass(minuteMs)
    await house.pass(minuteMs)
    expect(await house.states()).toEqual(['unknown'])
    expect(await house.total()).toBe(0)
    isDown = false
    await house.pass(1_000)
    expect(await theOnlyPost(house)).toMatchObject({ state: 'sent', reason: null })
    expect(await house.total()).toBe(1)
    expect(receiver.requests).toHaveLength(1)
    await house.pass(1_000)
    expect(await house.facts()).toHaveLength(1)
  })

  it('gets the outcome at the latest when the service stops', async () => {
    let isDown = true
    const { house } = await openNews({ recorder: failing(() => isDown) })
    await house.pass(minuteMs)
    isDown = false
    await house.marketing.stop()
    expect(await house.total()).toBe(1)
  })

  it('answers 503 to a post now, which the same key then finds', async () => {
    let isDown = true
    const { house, id, receiver } = await openNews({ recorder: failing(() => isDown) })
    const call = () =>
      house.request('POST', `/v1/campaigns/${id}/posts`, undefined, { 'idempotency-key': 'k' })
    expect((await call()).body.type).toBe('urn:countinghouse:problem:not_committed')
    expect((await call()).status).toBe(503)
    isDown = false
    const { status, body } = await call()
    expect([status, body.state]).toEqual([200, 'sent'])
    expect(receiver.requests).toHaveLength(1)
    expect(await house.total()).toBe(1)
  })
})

describe('what a channel may keep secret', () => {
  it('is in no row, log line or answer', async () => {
    const { house, receiver, id } = await openNews({ sendTimeoutMs: 50 })
    receiver.willDo(
      { end: 'answers', status: 500 },
      { end: 'resets' },
      { end: 'hangs' },
      { end: 'answers', status: 302, headers: { location: '/elsewhere' } },
    )
    for (const wait of [minuteMs, 5_000, 10_000, 20_000]) await house.pass(wait)
    await receiver.close()
    const answers = [
      await house.request('POST', `/v1/campaigns/${id}/posts`),
      await house.request('GET', `/v1/campaigns/${id}/posts`),
      await house.request('POST', '/v1/campaigns', { name: 'x' }),
    ]
    const written = [
      JSON.stringify(answers),
      JSON.stringify(await house.posts()),
      ...house.logged,
      readFileSync(house.path, 'latin1'),
      readFileSync(`${house.path}-wal`, 'latin1'),
    ].join('\n')
    expect(house.logged.length).toBeGreaterThan(3)
    for (const secret of [receiver.secret, receiver.secret.slice(6), 'hook-path-canary'])
      expect(written).not.toContain(secret)
  })
})
