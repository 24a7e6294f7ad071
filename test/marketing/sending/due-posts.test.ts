import { expect, test } from 'vitest'
import { createDuePosts } from '../../../src/marketing/sending/dispatcher.ts'
import { minuteMs, openHouse } from '../../support/marketing.ts'
import { openNews } from '../../support/news-campaign.ts'
import { oldPost } from '../../support/prunable-ledger.ts'

test('the channels with a post that is due now, and the next instant at which one is', async () => {
  const { database, time, clock } = await openHouse()
  const { queries } = database
  const due = { state: 'due', finished_at: null } as const
  const posts = createDuePosts(queries, time)
  expect(await posts.channels()).toEqual([])
  expect(await posts.nextNotBefore(clock.now)).toBeNull()
  const at = (id: string, not_before: number, channel: string) =>
    oldPost('summer', { ...due, id, not_before, channel })
  await queries
    .insertInto('posts')
    .values([
      at('post_1', clock.now, 'news'),
      at('post_2', clock.now - 1, 'news'),
      at('post_3', clock.now + minuteMs, 'later'),
      at('post_4', clock.now + 1, 'soon'),
      { ...at('post_5', clock.now, 'done'), state: 'sent' },
    ])
    .execute()
  expect(await posts.channels()).toEqual(['news'])
  expect(await posts.nextNotBefore(clock.now)).toBe(clock.now + 1)
  expect(await posts.nextNotBefore(clock.now + 1)).toBe(clock.now + minuteMs)
})

test('a channel whose sending broke is in the log with the reason, and tried again', async () => {
  let isBroken = true
  const { house } = await openNews({
    recorder: (real) => ({
      ...real,
      recordMarketingPost: (...given) =>
        isBroken ? Promise.reject(new Error('disk full')) : real.recordMarketingPost(...given),
    }),
  })
  await house.pass(minuteMs)
  const [line, ...others] = house.logged.filter((one) => one.includes('interrupted'))
  expect(others).toEqual([])
  expect(JSON.parse(line ?? '')).toMatchObject({ channel: 'news', error: 'disk full' })
  isBroken = false
  await house.pass(minuteMs)
  expect(await house.states()).toEqual(['sent'])
})
