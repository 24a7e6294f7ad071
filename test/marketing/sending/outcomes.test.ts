import { describe, expect, it } from 'vitest'
import type { Behaviour } from '../../support/channel-receiver.ts'
import { minuteMs, openHouse } from '../../support/marketing.ts'
import { openNews, theOnlyPost } from '../../support/news-campaign.ts'

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
      location: house.location,
      channels: { news: receiver.address },
      startAt: house.clock.now,
    })
    await later.pass(39_999)
    expect(receiver.requests).toHaveLength(1)
    await later.pass(1)
    expect(await later.total()).toBe(1)
  })

  it('is received once although the receiver accepted it and then failed', async () => {
    const { house, receiver } = await openNews({ sendTimeoutMs: 1_000 })
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

  it('that was deferred is not sent when the dispatcher ran too late', async () => {
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
