import { expect, test } from 'vitest'
import { openClaimed } from '../../support/claimed-post.ts'
import { theOnlyPost } from '../../support/news-campaign.ts'

test('the text that an attempt is about to send is kept for the next, and not from an earlier one', async () => {
  const { house, claims, claim, post } = await openClaimed()
  await claims.keepText(post, 'first')
  expect((await theOnlyPost(house)).text).toBe('first')
  await claims.finishAttempt(
    post,
    { state: 'due', reason: 'busy', waitMs: 0, mayHaveArrived: false },
    0,
  )
  expect(await claim()).toMatchObject({ attempts: 2, text: 'first' })
  await claims.keepText(post, 'late')
  expect((await theOnlyPost(house)).text).toBe('first')
})

test('a post that an attempt ends, and one that an operator resolves, say when', async () => {
  const { house, claims, post } = await openClaimed()
  await claims.resolveUnknown(post.id)
  expect(await theOnlyPost(house)).toMatchObject({ state: 'sending', finished_at: null })
  await claims.finishAttempt(post, { state: 'unknown', reason: 'it broke' }, 0)
  const endedAt = house.clock.now
  expect(await theOnlyPost(house)).toMatchObject({
    state: 'unknown',
    reason: 'it broke',
    deadline: null,
    finished_at: endedAt,
  })
  house.clock.now += 1
  await claims.resolveUnknown(post.id)
  expect(await theOnlyPost(house)).toMatchObject({
    state: 'failed',
    reason: 'it broke, and an operator resolved it as failed',
    may_have_arrived: 1,
    finished_at: endedAt + 1,
  })
})
