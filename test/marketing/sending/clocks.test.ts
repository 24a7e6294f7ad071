import { describe, expect, it } from 'vitest'
import { minuteMs, openHouse } from '../../support/marketing.ts'
import { openNews, theOnlyPost } from '../../support/news-campaign.ts'

const dayMs = 24 * 60 * minuteMs

describe('a replica whose own clock is wrong', () => {
  it.each([-dayMs, dayMs])('by %i ms posts by the time of the database', async (wrongByMs) => {
    const house = await openHouse({
      engine: 'postgres',
      usesLedgerTime: true,
      startAt: Date.now() + wrongByMs,
    })
    const id = await house.create()
    const { body } = await house.request('GET', `/v1/campaigns/${id}`)
    expect(Math.abs(Date.parse(body.next_post_at ?? '') - Date.now())).toBeLessThan(5 * minuteMs)
    await house.pass(0)
    const slotAt = Date.now() - 2 * minuteMs
    await house.database.queries
      .updateTable('campaigns')
      .set({ slots_through: slotAt, next_slot_at: slotAt + minuteMs })
      .execute()
    await house.pass(0)
    const states = await house.states()
    expect(states.length).toBeGreaterThanOrEqual(2)
    expect(new Set(states)).toEqual(new Set(['sent']))
    for (const { finished_at } of await house.posts())
      expect(Math.abs((finished_at ?? 0) - Date.now())).toBeLessThan(5 * minuteMs)
  })

  it("waits as long as the channel requested, by the database's clock", async () => {
    const { house, id, receiver } = await openNews({
      engine: 'postgres',
      usesLedgerTime: true,
      startAt: Date.now() + dayMs,
    })
    receiver.willDo({ end: 'answers', status: 429, headers: { 'retry-after': '3600' } })
    const before = Date.now()
    await house.request('POST', `/v1/campaigns/${id}/posts`)
    const again = await house.request('POST', `/v1/campaigns/${id}/posts`)
    expect(again.body.state).toBe('due')
    await house.pass(0)
    expect(receiver.requests).toHaveLength(1)
    const [first] = (await house.posts()).filter((post) => post.attempts === 1)
    expect(first?.not_before).toBeGreaterThanOrEqual(before + 3_600_000)
  })
})

describe('a process that is suspended after its claim', () => {
  it('does not send: another may have the channel by then', async () => {
    let stoodStillMs = 0
    const { house, receiver } = await openNews({
      monotonicNow: () => {
        stoodStillMs += 2_001
        return stoodStillMs
      },
    })
    await house.pass(minuteMs)
    expect(receiver.requests).toHaveLength(0)
    expect(await theOnlyPost(house)).toMatchObject({
      state: 'due',
      reason: 'it took too long to begin',
    })
  })
})

describe('a channel that limits the rate of posts', () => {
  it('is left alone by every post and every replica, then takes them all', async () => {
    const { house, receiver } = await openNews()
    for (let count = 0; count < 5; count += 1)
      await house.create({ channel: 'news', cron: '0 * * * *' })
    receiver.willDo({ end: 'answers', status: 429, headers: { 'retry-after': '300' } })
    await house.pass(minuteMs)
    const other = house.replica()
    for (const ms of [1, 150_000, 149_998]) {
      await house.pass(ms)
      await other.tick()
      await other.idle()
    }
    expect(receiver.requests).toHaveLength(1)
    await house.pass(1)
    expect(receiver.requests).toHaveLength(7)
    expect(await house.total()).toBe(6)
  })
})
