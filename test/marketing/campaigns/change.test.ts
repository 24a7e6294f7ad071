import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type House, minuteMs, openHouse } from '../../support/marketing.ts'
import { openNews } from '../../support/news-campaign.ts'
import { engines } from '../../support/open-test-ledger.ts'

function patch(house: House, id: string, body: object) {
  return house.request('PATCH', `/v1/campaigns/${id}`, body)
}

describe.each(engines)('a change (%s)', (engine) => {
  it('is what the next slot is posted by, on the other replica too', async () => {
    const house = await openHouse({ engine })
    const id = await house.create()
    await house.pass(minuteMs)
    const { status, body } = await patch(house, id, { messages: ['new'], name: 'Spring sale' })
    expect([status, body.name, body.messages]).toEqual([200, 'Spring sale', ['new']])
    expect((await house.request('GET', `/v1/campaigns/${id}`)).body).toEqual(body)
    house.clock.now += minuteMs
    const other = house.replica()
    await other.tick()
    await other.idle()
    expect(house.printed.map((line) => line.split(': ')[1])).toEqual(['one', 'new'])
  })

  it('of the pattern and the zone moves the next slot and loses none before it', async () => {
    const house = await openHouse({ engine })
    const id = await house.create()
    house.clock.now += minuteMs
    const { body } = await patch(house, id, { cron: '0 12 * * *', time_zone: 'Europe/Berlin' })
    expect(body.next_post_at).toBe('2026-01-05T11:00:00.000Z')
    await house.pass(60 * minuteMs)
    expect((await house.posts()).map((post) => post.slot_key)).toEqual(['2026-01-05T09:00:00.000Z'])
  })

  it('to a pause withdraws what waits and makes no slots, until it is resumed', async () => {
    const house = await openHouse({ engine })
    const id = await house.create()
    house.clock.now += minuteMs
    const { body } = await patch(house, id, { paused: true })
    expect([body.paused, body.next_post_at]).toEqual([true, null])
    await house.pass(30 * minuteMs)
    expect(await house.posts()).toMatchObject([
      { state: 'missed', reason: expect.stringContaining('the campaign was paused') },
    ])
    const resumed = await patch(house, id, { paused: false })
    expect(resumed.body.next_post_at).toBe('2026-01-05T09:31:00.000Z')
    await house.pass(minuteMs)
    expect(await house.states()).toEqual(['missed', 'sent'])
  })

  it('that comes together with others is not lost', async () => {
    const house = await openHouse({ engine })
    const id = await house.create()
    const answers = await Promise.all([
      patch(house, id, { name: 'A' }),
      patch(house, id, { messages: ['b'] }),
      patch(house, id, { cron: '0 0 1 1 *' }),
      house.marketing.tick(),
    ])
    expect(
      answers.slice(0, 3).map((answer) => answer && 'status' in answer && answer.status),
    ).toEqual([200, 200, 200])
    const { body } = await house.request('GET', `/v1/campaigns/${id}`)
    expect(body).toMatchObject({ name: 'A', messages: ['b'], cron: '0 0 1 1 *' })
  })

  it('that ends a campaign keeps its posts', async () => {
    const house = await openHouse({ engine })
    const id = await house.create()
    await house.pass(minuteMs)
    const deleted = await house.request('DELETE', `/v1/campaigns/${id}`)
    expect(deleted).toEqual({ status: 200, body: { id, deleted: true } })
    await house.pass(5 * minuteMs)
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['GET', '/next-runs'],
      ['POST', '/posts'],
    ] as const) {
      const body = method === 'PATCH' ? { name: 'x' } : undefined
      expect((await house.request(method, `/v1/campaigns/${id}${path}`, body)).status).toBe(404)
    }
    expect((await house.request('GET', '/v1/campaigns')).body.data).toEqual([])
    const history = await house.request('GET', `/v1/campaigns/${id}/posts`)
    expect(history.body.data).toMatchObject([{ state: 'sent', text: 'one' }])
  })
})

describe('a change', () => {
  it.each([
    ['DELETE', undefined],
    ['PATCH', { paused: true }],
  ])('by %s stops a post that was under way from being tried again', async (method, body) => {
    const { house, receiver, id } = await openNews({ sendTimeoutMs: 1_000 })
    receiver.willDo({ end: 'hangs' })
    house.clock.now += minuteMs
    await house.marketing.tick()
    await vi.waitFor(() => expect(receiver.requests).toHaveLength(1), 20_000)
    expect((await house.request(method, `/v1/campaigns/${id}`, body)).status).toBe(200)
    await house.marketing.idle()
    await house.pass(minuteMs)
    expect(receiver.requests).toHaveLength(1)
    expect(await house.posts()).toMatchObject([
      { state: 'unknown', reason: expect.stringContaining('the campaign was paused or deleted') },
    ])
  })

  it('reaches a replica that runs, without a restart', async () => {
    const house = await openHouse({ engine: 'postgres' })
    const id = await house.create({ cron: '0 0 1 1 *' })
    const other = house.replica()
    other.start()
    onTestFinished(() => other.stop())
    house.clock.now += minuteMs
    await patch(house, id, { cron: '* * * * *', messages: ['changed'] })
    house.clock.now += minuteMs
    // The rule is 5 s: it looks each second; more is waited only for a machine that is busy.
    await vi.waitFor(() => expect(house.printed.join()).toContain('changed'), 20_000)
    await patch(house, id, { paused: true })
    house.clock.now += 10 * minuteMs
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    expect(await house.states()).toEqual(['sent'])
  })

  it.each([
    ['to a channel that there is not', { channel: 'fax' }, 'unknown_channel'],
    ['to no messages', { messages: [] }, 'invalid_request'],
    ['to a pattern that never fires', { cron: '0 0 31 2 *' }, 'invalid_cron'],
    ['to a zone that there is not', { time_zone: 'Mars/Base' }, 'invalid_time_zone'],
    ['of an unknown field', { colour: 'red' }, 'invalid_request'],
  ])('%s is refused and changes nothing', async (_, changes, code) => {
    const house = await openHouse()
    const id = await house.create()
    const before = (await house.request('GET', `/v1/campaigns/${id}`)).body
    const { status, body } = await patch(house, id, changes)
    expect([status, body.type]).toEqual([400, `urn:countinghouse:problem:${code}`])
    expect((await house.request('GET', `/v1/campaigns/${id}`)).body).toEqual(before)
  })

  it('can rename and pause a campaign whose channel, plan and zone are gone, not resume it', async () => {
    const house = await openHouse()
    const id = await house.create()
    await house.database.queries
      .updateTable('campaigns')
      .set({ channel: 'fax', messages: '["{price:gold}"]', time_zone: 'Gone/Zone' })
      .execute()
    const { status, body } = await patch(house, id, { name: 'Old', paused: true })
    expect([status, body.name, body.paused]).toEqual([200, 'Old', true])
    expect((await patch(house, id, { paused: false })).body.type).toContain('unknown_channel')
    const mended = { channel: 'console', messages: ['new'], time_zone: 'UTC', paused: false }
    expect((await patch(house, id, mended)).status).toBe(200)
    await house.pass(minuteMs)
    expect(await house.states()).toEqual(['sent'])
  })

  it('mends a campaign that could not be worked out', async () => {
    const house = await openHouse()
    const id = await house.create()
    await house.database.queries.updateTable('campaigns').set({ time_zone: 'Gone/Zone' }).execute()
    await house.pass(minuteMs)
    expect((await patch(house, id, { time_zone: 'UTC' })).status).toBe(200)
    await house.pass(minuteMs)
    expect(await house.states()).toEqual(['sent'])
  })
})

describe('next runs', () => {
  it('are shown in UTC and in local time, across a daylight saving change', async () => {
    const house = await openHouse({ startAt: Date.UTC(2026, 2, 27, 12) })
    const id = await house.create({ cron: '30 2 * * *', time_zone: 'Europe/Berlin' })
    const { body } = await house.request('GET', `/v1/campaigns/${id}/next-runs?count=3`)
    expect(body).toEqual({
      time_zone: 'Europe/Berlin',
      data: [
        { at: '2026-03-28T01:30:00.000Z', local: '2026-03-28T02:30:00+01:00' },
        { at: '2026-03-29T01:00:00.000Z', local: '2026-03-29T03:00:00+02:00' },
        { at: '2026-03-30T00:30:00.000Z', local: '2026-03-30T02:30:00+02:00' },
      ],
    })
  })

  it('are none while the campaign is paused', async () => {
    const house = await openHouse()
    const id = await house.create({ time_zone: 'America/St_Johns', cron: '0 9 * * *' })
    const [first] = (await house.request('GET', `/v1/campaigns/${id}/next-runs?count=1`)).body.data
    expect(first).toEqual({ at: '2026-01-05T12:30:00.000Z', local: '2026-01-05T09:00:00-03:30' })
    await patch(house, id, { paused: true })
    expect((await house.request('GET', `/v1/campaigns/${id}/next-runs`)).body.data).toEqual([])
  })
})
