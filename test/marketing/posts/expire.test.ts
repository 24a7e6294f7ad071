import { expect, test } from 'vitest'
import { openClaimed } from '../../support/claimed-post.ts'
import { oldPost } from '../../support/prunable-ledger.ts'

test('posts of a campaign that ends are withdrawn with the reason, those of others are not', async () => {
  const { house, claims, post } = await openClaimed()
  const { queries } = house.database
  await claims.finishAttempt(
    post,
    { state: 'due', reason: 'busy', waitMs: 0, mayHaveArrived: true },
    0,
  )
  const waiting = { state: 'due', finished_at: null } as const
  await queries
    .insertInto('posts')
    .values([
      oldPost(post.campaign_id, { ...waiting, id: 'post_never_tried' }),
      oldPost('another', { ...waiting, id: 'post_another' }),
    ])
    .execute()
  await house.expiry.withdrawOf(queries, post.campaign_id, 'it was deleted')
  const posts = new Map((await house.posts()).map((one) => [one.id, one]))
  expect(posts.get(post.id)).toMatchObject({
    state: 'unknown',
    reason: 'busy, and it could not be sent in time: it was deleted',
    finished_at: house.clock.now,
  })
  expect(posts.get('post_never_tried')).toMatchObject({
    state: 'missed',
    reason: 'it could not be sent in time: it was deleted',
  })
  expect(posts.get('post_another')).toMatchObject({ ...waiting, reason: null })
})
