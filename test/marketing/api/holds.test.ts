import { describe, expect, test } from 'vitest'
import { minuteMs } from '../../support/marketing.ts'
import { openNews } from '../../support/news-campaign.ts'
import { engines } from '../../support/open-test-ledger.ts'

describe.each(engines)('a channel that asked to wait, on %s', (engine) => {
  test('shows on each of its waiting posts, until when and why, and nowhere once it is over', async () => {
    const { house, receiver, id } = await openNews({ engine })
    receiver.willDo({ end: 'answers', status: 429, headers: { 'retry-after': '300' } })
    await house.pass(minuteMs)
    const until = new Date(house.clock.now + 300_000).toISOString()
    const waiting = { state: 'due', not_before: until, reason: 'the channel asked to wait' }
    const now = await house.request('POST', `/v1/campaigns/${id}/posts`)
    expect(now.body).toMatchObject(waiting)
    for (const path of [`/v1/campaigns/${id}/posts`, '/v1/posts?state=due'])
      expect((await house.request('GET', path)).body.data).toMatchObject([
        waiting,
        { ...waiting, reason: expect.stringMatching(/429.*; the channel asked to wait$/) },
      ])
    await house.pass(6 * minuteMs)
    const { data } = (await house.request('GET', '/v1/posts')).body
    expect(data.map(({ state, not_before, reason }) => [state, not_before, reason])).toEqual(
      Array(data.length).fill(['sent', null, null]),
    )
  })
})
