import { describe, expect, it, vi } from 'vitest'
import { openReceiver } from '../../support/channel-receiver.ts'
import { minuteMs, morning, openHouse } from '../../support/marketing.ts'
import { engines } from '../../support/open-test-ledger.ts'

describe.each(engines)('the schedule (%s)', (engine) => {
  it('posts each slot once and counts it', async () => {
    const house = await openHouse({ engine })
    const id = await house.create()
    await house.pass(29_999)
    expect(house.printed).toEqual([])
    await house.pass(1)
    await house.pass(0)
    await house.pass(30_000)
    expect(house.printed).toHaveLength(1)
    await house.pass(30_000)
    expect(house.printed).toHaveLength(2)
    const [first] = await house.posts()
    expect(await house.facts()).toMatchObject([
      {
        key: `post:${id}:2026-01-05T09:00:00.000Z`,
        counter: 'marketing_posts_total',
        label: '',
        source: 'schedule',
        evidence: first?.receipt,
        occurred_at: morning + 30_000,
        amount_minor: null,
      },
      { key: `post:${id}:2026-01-05T09:01:00.000Z` },
    ])
    expect(await house.total()).toBe(2)
  })

  it('takes the messages in turn', async () => {
    const house = await openHouse({ engine })
    await house.create()
    for (let minute = 0; minute < 4; minute += 1) await house.pass(minuteMs)
    const texts = (await house.posts()).map((post) => post.message)
    expect(texts).toEqual(['one', 'two', 'three', 'one'])
  })

  it('posts what a stalled loop let pass, each slot once', async () => {
    const house = await openHouse({ engine })
    await house.create()
    await house.pass(5 * minuteMs)
    expect(await house.states()).toEqual(Array(5).fill('sent'))
    const texts = (await house.posts()).map((post) => post.message)
    expect(texts).toEqual(['one', 'two', 'three', 'one', 'two'])
    expect(await house.total()).toBe(5)
  })

  it('posts within the grace what a stopped process let pass, and shows the rest as missed', async () => {
    const house = await openHouse({ engine })
    const id = await house.create()
    await house.marketing.stop()
    await house.database.close()
    const later = await openHouse({ location: house.location, startAt: morning + 20 * minuteMs })
    await later.pass(0)
    expect(await later.states()).toEqual([...Array(10).fill('missed'), ...Array(10).fill('sent')])
    expect(await later.total()).toBe(10)
    const { body } = await later.request('GET', `/v1/campaigns/${id}/posts?limit=100`)
    expect(body.data.at(-1)).toMatchObject({
      state: 'missed',
      text: null,
      reason: expect.stringContaining('nothing looked at the schedule in time'),
      attempts: 0,
    })
    expect(later.logged.some((line) => line.includes('slots missed'))).toBe(true)
  })

  it('sends nothing late when the process stood still with a post under way', async () => {
    const receiver = await openReceiver()
    const house = await openHouse({ engine, channels: { slow: receiver.address } })
    receiver.willDo({ end: 'hangs' })
    for (let count = 0; count < 2; count += 1)
      await house.create({ channel: 'slow', cron: '0 * * * *' })
    house.clock.now += minuteMs
    await house.marketing.tick()
    await vi.waitFor(() => expect(receiver.requests).toHaveLength(1), 20_000)
    house.clock.now += 11 * minuteMs
    await house.marketing.idle()
    expect(receiver.requests).toHaveLength(1)
    await house.pass(0)
    expect((await house.states()).toSorted()).toEqual(['due', 'missed'])
  })

  it('catches up with a long absence a part at a time', async () => {
    const house = await openHouse({ engine })
    await house.create()
    await house.pass(300 * minuteMs)
    expect(await house.states()).toHaveLength(200)
    await house.pass(0)
    expect(await house.states()).toEqual([...Array(290).fill('missed'), ...Array(10).fill('sent')])
  })

  it('posts nothing twice when the clock steps back', async () => {
    const house = await openHouse({ engine })
    await house.create()
    await house.pass(minuteMs)
    await house.pass(-5 * minuteMs)
    for (let minute = 0; minute < 6; minute += 1) await house.pass(minuteMs)
    expect(await house.states()).toEqual(['sent', 'sent'])
  })

  it('never looks twice at once', async () => {
    const house = await openHouse({ engine })
    const look = house.marketing.tick()
    expect(house.marketing.tick()).toBe(look)
    await look
  })

  it('is not held up by a slow channel', async () => {
    const receiver = await openReceiver()
    const house = await openHouse({ channels: { slow: receiver.address, console: 'console:' } })
    receiver.willDo(...Array(10).fill({ end: 'hangs' }))
    for (let count = 0; count < 10; count += 1) await house.create({ channel: 'slow' })
    for (let count = 0; count < 10; count += 1) await house.create()
    house.clock.now += minuteMs
    await house.marketing.tick()
    await vi.waitFor(() => expect(house.printed).toHaveLength(10), 20_000)
    await vi.waitFor(() => expect(receiver.requests).toHaveLength(1), 20_000)
    expect(await house.marketing.countOpenPosts()).toEqual({ due: 9, sending: 1, unknown: 0 })
    await receiver.close()
    await house.marketing.stop()
    expect((await house.marketing.countOpenPosts()).sending).toBe(0)
  })

  it('continues with the others when one campaign cannot be computed', async () => {
    const house = await openHouse({ engine })
    const broken = await house.create()
    await house.create()
    await house.database.queries
      .updateTable('campaigns')
      .set({ time_zone: 'Gone/Zone' })
      .where('id', '=', broken)
      .execute()
    await house.pass(minuteMs)
    await house.pass(minuteMs)
    expect(house.printed).toHaveLength(2)
    expect(house.logged.filter((line) => line.includes('Gone/Zone'))).toHaveLength(1)
  })

  it('survives an unreachable database', async () => {
    const house = await openHouse({ engine })
    await house.create()
    await house.database.close()
    await house.pass(minuteMs)
    expect(house.logged.at(-1)).toContain('the schedule could not be read')
    await house.marketing.stop()
  })

  it('runs by itself once started, and not after it was stopped', async () => {
    const house = await openHouse({ engine })
    await house.create()
    house.clock.now += minuteMs
    house.marketing.start()
    house.marketing.start()
    await vi.waitFor(() => expect(house.printed).toHaveLength(1))
    house.clock.now += minuteMs
    await vi.waitFor(() => expect(house.printed).toHaveLength(2), { timeout: 5_000 })
    await house.marketing.stop()
    house.clock.now += minuteMs
    await new Promise(setImmediate)
    expect(house.printed).toHaveLength(2)
  })

  it('stops in time although a receiver hangs', async () => {
    const receiver = await openReceiver()
    const house = await openHouse({ channels: { slow: receiver.address } })
    receiver.willDo({ end: 'hangs' })
    await house.create({ channel: 'slow' })
    house.clock.now += minuteMs
    await house.marketing.tick()
    await vi.waitFor(() => expect(receiver.requests).toHaveLength(1))
    await house.marketing.stop(1)
    expect(await house.states()).toEqual(['sending'])
    await receiver.close()
    await house.marketing.stop(60_000)
    expect(await house.states()).toEqual(['due'])
  })
})
