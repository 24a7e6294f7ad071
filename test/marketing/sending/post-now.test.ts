import { describe, expect, it, vi } from 'vitest'
import { createCampaignCursor } from '../../../src/marketing/campaigns/cursor.ts'
import { createCampaignStore } from '../../../src/marketing/campaigns/store.ts'
import { openReceiver } from '../../support/channel-receiver.ts'
import { minuteMs, openHouse, requestsOf } from '../../support/marketing.ts'

describe('posting now', () => {
  it('answers with the outcome, which is committed and counted', async () => {
    const house = await openHouse()
    const id = await house.create()
    const { status, body } = await house.request('POST', `/v1/campaigns/${id}/posts`)
    expect(status).toBe(201)
    expect(body).toEqual({
      id: expect.stringMatching(/^post_[0-9a-f]{24}$/),
      campaign_id: id,
      source: 'manual',
      state: 'sent',
      text: 'one',
      channel: 'console',
      scheduled_at: '2026-01-05T08:59:30.000Z',
      attempts: 1,
      not_before: null,
      receipt: body.id,
      reason: null,
      created_at: '2026-01-05T08:59:30.000Z',
      finished_at: '2026-01-05T08:59:30.000Z',
    })
    expect(await house.facts()).toMatchObject([
      { key: expect.stringMatching(`^post:${id}:manual:`), source: 'manual', evidence: body.id },
    ])
    expect(await house.total()).toBe(1)
    expect((await house.request('GET', `/v1/campaigns/${id}/posts`)).body).toEqual({
      data: [body],
      has_more: false,
      next_cursor: null,
    })
  })

  it('takes the next message, as the schedule does after it', async () => {
    const house = await openHouse()
    const id = await house.create()
    await house.request('POST', `/v1/campaigns/${id}/posts`)
    await house.pass(minuteMs)
    await house.request('POST', `/v1/campaigns/${id}/posts`)
    await house.pass(minuteMs)
    expect((await house.posts()).map((post) => post.message)).toEqual([
      'one',
      'two',
      'three',
      'one',
    ])
  })

  it('posts once for one Idempotency-Key, also when the calls come together', async () => {
    const house = await openHouse()
    const [id, other] = [await house.create(), await house.create()]
    const call = (campaign: string, key: string) =>
      house.request('POST', `/v1/campaigns/${campaign}/posts`, undefined, {
        'idempotency-key': key,
      })
    const answers = await Promise.all(Array.from({ length: 12 }, () => call(id, 'k1')))
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([...Array(11).fill(200), 201])
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1)
    expect((await call(id, 'k2')).status).toBe(201)
    expect((await call(other, 'k1')).status).toBe(201)
    expect(house.printed).toHaveLength(3)
    expect(await house.total()).toBe(3)
  })

  it('posts once for one Idempotency-Key at two replicas, and skips no message', async () => {
    const house = await openHouse({ engine: 'postgres' })
    const id = await house.create()
    const replicas = [house.request, requestsOf(house.replica())]
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, count) =>
        replicas[count % 2]?.('POST', `/v1/campaigns/${id}/posts`, undefined, {
          'idempotency-key': 'k1',
        }),
      ),
    )
    expect(answers.filter((answer) => answer?.status === 201)).toHaveLength(1)
    await house.pass(minuteMs)
    expect(house.printed.map((line) => line.split(': ')[1])).toEqual(['one', 'two'])
  })

  it('takes no message of a campaign that was changed or deleted meanwhile', async () => {
    const house = await openHouse()
    const id = await house.create()
    const { queries } = house.database
    const read = await createCampaignStore(queries).get(id)
    const { takeMessage } = createCampaignCursor(queries)
    expect(await takeMessage(queries, read)).toBe(0)
    await house.request('PATCH', `/v1/campaigns/${id}`, { messages: ['new'] })
    expect(await takeMessage(queries, read)).toBeUndefined()
    expect((await house.request('POST', `/v1/campaigns/${id}/posts`)).body.text).toBe('new')
    const changed = await createCampaignStore(queries).get(id)
    await house.request('DELETE', `/v1/campaigns/${id}`)
    expect(await takeMessage(queries, changed)).toBeUndefined()
  })

  it('says that the channel refused', async () => {
    const receiver = await openReceiver()
    const house = await openHouse({ channels: { news: receiver.address } })
    const id = await house.create({ channel: 'news' })
    receiver.willDo({ end: 'answers', status: 400 })
    const { status, body } = await house.request('POST', `/v1/campaigns/${id}/posts`)
    expect([status, body.state, body.reason]).toEqual([201, 'failed', 'the receiver answered 400'])
    expect(await house.total()).toBe(0)
  })

  it('that the channel postpones is continued by the schedule', async () => {
    const receiver = await openReceiver()
    const house = await openHouse({ channels: { news: receiver.address } })
    const id = await house.create({ channel: 'news', cron: '0 0 1 1 *' })
    receiver.willDo({ end: 'answers', status: 429, headers: { 'retry-after': '60' } })
    const { body } = await house.request('POST', `/v1/campaigns/${id}/posts`)
    expect([body.state, body.not_before]).toEqual(['due', '2026-01-05T09:00:30.000Z'])
    await house.pass(minuteMs)
    expect(await house.states()).toEqual(['sent'])
    expect(await house.total()).toBe(1)
  })

  it('with the same key waits while the schedule continues the post', async () => {
    const receiver = await openReceiver()
    const house = await openHouse({ channels: { news: receiver.address } })
    const id = await house.create({ channel: 'news', cron: '0 0 1 1 *' })
    receiver.willDo({ end: 'answers', status: 429 }, { end: 'hangs' })
    const call = () =>
      house.request('POST', `/v1/campaigns/${id}/posts`, undefined, { 'idempotency-key': 'k' })
    await call()
    house.clock.now += minuteMs
    await house.marketing.tick()
    await vi.waitFor(() => expect(receiver.requests).toHaveLength(2))
    const again = call()
    await receiver.close()
    const { status, body } = await again
    expect([status, body.state]).toEqual([200, 'due'])
  })

  it('is refused while too many wait for the channel', async () => {
    const receiver = await openReceiver()
    const house = await openHouse({ channels: { news: receiver.address } })
    const id = await house.create({ channel: 'news' })
    receiver.willDo(...Array(4).fill({ end: 'hangs' }))
    const calls = Array.from({ length: 37 }, () =>
      house.request('POST', `/v1/campaigns/${id}/posts`),
    )
    const refused = await Promise.any(
      calls.map(async (call) => {
        const answer = await call
        if (answer.status !== 503) throw new Error('not refused')
        return answer
      }),
    )
    expect(refused.body.detail).toBe('the channel news is busy: try again')
    await receiver.close()
    await Promise.all(calls)
  })

  it('is refused when the operator took the channel away', async () => {
    const house = await openHouse()
    const id = await house.create()
    await house.database.close()
    const later = await openHouse({ location: house.location, channels: { other: 'console:' } })
    const { status, body } = await later.request('POST', `/v1/campaigns/${id}/posts`)
    expect([status, body.detail]).toEqual([400, expect.stringContaining('no channel "console"')])
    await later.pass(minuteMs)
    await later.pass(11 * minuteMs)
    expect((await later.states()).slice(0, 1)).toEqual(['missed'])
    expect((await later.posts())[0]?.reason).toContain('no longer configured')
  })
})
