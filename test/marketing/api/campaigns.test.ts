import { describe, expect, it } from 'vitest'
import { openReceiver } from '../../support/channel-receiver.ts'
import { everyMinute, minuteMs, morning, openHouse } from '../../support/marketing.ts'

describe('a campaign', () => {
  it('is created, read and listed', async () => {
    const house = await openHouse()
    const created = await house.request('POST', '/v1/campaigns', {
      ...everyMinute,
      cron: '0 9 * * 1-5',
      time_zone: 'Europe/Berlin',
      channel: 'Console',
    })
    expect(created).toEqual({
      status: 201,
      body: {
        id: expect.stringMatching(/^campaign_\w+$/),
        name: 'Winter sale',
        messages: ['one', 'two', 'three'],
        cron: '0 9 * * 1-5',
        time_zone: 'Europe/Berlin',
        channel: 'console',
        paused: false,
        next_post_at: '2026-01-06T08:00:00.000Z',
        created_at: '2026-01-05T08:59:30.000Z',
        updated_at: '2026-01-05T08:59:30.000Z',
      },
    })
    const { body } = created
    expect((await house.request('GET', `/v1/campaigns/${body.id}`)).body).toEqual(body)
    expect((await house.request('GET', '/v1/campaigns')).body).toEqual({
      data: [body],
      has_more: false,
      next_cursor: null,
    })
  })

  it('is refused with every field that is wrong', async () => {
    const house = await openHouse()
    const wrong = {
      ...everyMinute,
      messages: ['one', '{prize}', ' '],
      cron: 'daily',
      channel: 'fax',
    }
    const { status, body } = await house.request('POST', '/v1/campaigns', {
      ...wrong,
      time_zone: 'Mars/Base',
    })
    expect([status, body.type]).toEqual([400, 'urn:countinghouse:problem:unknown_channel'])
    const paths = ['channel', 'messages.1', 'messages.2', 'time_zone', 'cron']
    expect(body.errors).toEqual(
      paths.map((path) => ({ in: 'body', path, message: expect.any(String) })),
    )
  })

  it('runs in UTC unless it names a zone', async () => {
    const house = await openHouse()
    const { time_zone: _, ...request } = everyMinute
    const { body } = await house.request('POST', '/v1/campaigns', request)
    expect(body).toMatchObject({ time_zone: 'UTC', next_post_at: '2026-01-05T09:00:00.000Z' })
  })

  it.each([
    ['without a name', { name: undefined }, 'invalid_request', 'name'],
    ['with a blank name', { name: '  ' }, 'invalid_request', 'name: give 1 to 100 characters'],
    ['with a name of two lines', { name: 'a\nb' }, 'invalid_request', 'on one line'],
    ['without messages', { messages: [] }, 'invalid_request', 'messages'],
    ['with 21 messages', { messages: Array(21).fill('x') }, 'invalid_request', 'messages'],
    ['with a blank message', { messages: ['x', ' '] }, 'invalid_request', 'messages.1'],
    ['with a NUL', { messages: ['a\u0000'] }, 'invalid_request', 'control characters'],
    ['with half an emoji', { messages: ['a\ud83d'] }, 'invalid_request', 'broken emoji'],
    [
      'with a text too long for the channel',
      { messages: ['x'.repeat(4_097)] },
      'invalid_request',
      'messages.0: the text has 4097 characters, the channel console takes at most 4096',
    ],
    ['with an unknown field', { colour: 'red' }, 'invalid_request', 'colour'],
    ['with an unknown cron', { cron: 'daily' }, 'invalid_cron', 'daily'],
    ['with a cron of six fields', { cron: '* * * * * *' }, 'invalid_cron', 'five fields'],
    ['with a date for a cron', { cron: '2026-11-27T09:00:00' }, 'invalid_cron', 'five fields'],
    ['with a nickname for a cron', { cron: '@hourly' }, 'invalid_cron', 'five fields'],
    ['with ? for an hour', { cron: '0 ? * * *' }, 'invalid_cron', 'five fields'],
    ['that can never fire', { cron: '0 0 31 2 *' }, 'invalid_cron', 'never fires'],
    ['with an unknown zone', { time_zone: 'Mars/Base' }, 'invalid_time_zone', 'Mars/Base'],
    ['with an unknown channel', { channel: 'fax' }, 'unknown_channel', 'use one of console,'],
  ])('%s is refused', async (_, changes, code, detail) => {
    const house = await openHouse()
    const { status, body } = await house.request('POST', '/v1/campaigns', {
      ...everyMinute,
      ...changes,
    })
    expect(status).toBe(400)
    expect(body.type).toBe(`urn:countinghouse:problem:${code}`)
    expect(body.detail).toContain(detail)
    expect((await house.request('GET', '/v1/campaigns')).body.data).toEqual([])
  })

  it('that does not exist is not found', async () => {
    const house = await openHouse()
    for (const [method, url] of [
      ['GET', '/v1/campaigns/campaign_9'],
      ['GET', '/v1/campaigns/campaign_9/posts'],
      ['POST', '/v1/campaigns/campaign_9/posts'],
      ['GET', '/v1/campaigns?cursor=campaign_9'],
    ] as const)
      expect((await house.request(method, url)).status).toBe(404)
  })
})

describe('lists', () => {
  it('come newest first, page by page', async () => {
    const house = await openHouse()
    const ids: string[] = []
    for (let count = 0; count < 5; count += 1) {
      house.clock.now += count % 2
      ids.unshift(await house.create())
    }
    const first = (await house.request('GET', '/v1/campaigns?limit=3')).body
    const after = first.data.at(-1)?.id
    const second = (await house.request('GET', `/v1/campaigns?limit=3&cursor=${after}`)).body
    expect([first.has_more, second.has_more]).toEqual([true, false])
    const seen = [...first.data, ...second.data].map((campaign) => campaign.id)
    expect(seen.toSorted()).toEqual(ids.toSorted())
    expect(seen[0]).toBe(ids[0])
  })

  it('of posts know the posts of their campaign alone', async () => {
    const house = await openHouse()
    const [mine, other] = [await house.create(), await house.create()]
    await house.pass(3 * minuteMs)
    const posts = `/v1/campaigns/${mine}/posts`
    const first = (await house.request('GET', `${posts}?limit=2`)).body
    expect(first.has_more).toBe(true)
    expect(first.data).toHaveLength(2)
    const next = `${posts}?limit=2&cursor=${first.data[1]?.id}`
    const { body } = await house.request('GET', next)
    expect(body.data.map((post) => post.scheduled_at)).toEqual(['2026-01-05T09:00:00.000Z'])
    const foreign = `/v1/campaigns/${other}/posts?cursor=${first.data[1]?.id}`
    expect((await house.request('GET', foreign)).status).toBe(404)
  })

  it.each(['limit=0', 'limit=101', 'limit=many', 'page=2'])('refuse %s', async (query) => {
    const house = await openHouse()
    expect((await house.request('GET', `/v1/campaigns?${query}`)).status).toBe(400)
  })
})

describe('the demo campaign', () => {
  it('is made once, when there is no other', async () => {
    const house = await openHouse()
    await house.marketing.seedDemoCampaign()
    await house.marketing.seedDemoCampaign()
    const { body } = await house.request('GET', '/v1/campaigns')
    expect(body.data).toMatchObject([{ id: 'campaign_demo', cron: '* * * * *' }])
    await house.pass(minuteMs)
    expect(house.printed).toEqual([expect.stringContaining('Starter')])
  })

  it('is not made beside another, or without a console', async () => {
    const house = await openHouse()
    await house.create()
    await house.marketing.seedDemoCampaign()
    expect((await house.request('GET', '/v1/campaigns')).body.data).toHaveLength(1)
    const receiver = await openReceiver()
    const quiet = await openHouse({ channels: { news: receiver.address }, startAt: morning })
    await quiet.marketing.seedDemoCampaign()
    expect((await quiet.request('GET', '/v1/campaigns')).body.data).toEqual([])
  })
})
