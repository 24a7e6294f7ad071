import { expect, test } from 'vitest'
import { minuteMs, openHouse } from '../../support/marketing.ts'
import { openNews } from '../../support/news-campaign.ts'

// The line of docs/counting.md about posts.

test('a post that the channel confirmed counts once, by its slot in UTC or as a manual one', async () => {
  const house = await openHouse()
  const id = await house.create({ time_zone: 'Asia/Tokyo' })
  await house.pass(minuteMs)
  await house.pass(1_000)
  const idempotent = { 'idempotency-key': 'launch' }
  for (const status of [201, 200]) {
    const url = `/v1/campaigns/${id}/posts`
    expect((await house.request('POST', url, undefined, idempotent)).status).toBe(status)
  }
  expect(await house.total()).toBe(2)
  const [slot, manual] = (await house.facts()).map(({ key }) => key)
  expect(slot).toBe(`post:${id}:2026-01-05T09:00:00.000Z`)
  expect(manual).toMatch(new RegExp(`^post:${id}:manual:\\w+$`))
})

test('posts that are failed, unknown or missed do not count', async () => {
  const refused = await openNews()
  refused.receiver.willDo({ end: 'answers', status: 404 })
  const torn = await openNews()
  torn.receiver.willDo({ end: 'resets' })
  for (const { house } of [refused, torn]) {
    await house.pass(minuteMs)
    await house.pass(12 * minuteMs)
  }
  const late = await openHouse()
  await late.create({ cron: '0 9 * * *' })
  await late.pass(12 * minuteMs)
  const houses = [refused.house, torn.house, late]
  const states = await Promise.all(houses.map((house) => house.states()))
  expect(states).toEqual([['failed'], ['unknown'], ['missed']])
  expect(await Promise.all(houses.map((house) => house.total()))).toEqual([0, 0, 0])
})
