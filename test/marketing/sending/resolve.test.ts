import { rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type House, minuteMs } from '../../support/marketing.ts'
import { openNews, theOnlyPost } from '../../support/news-campaign.ts'
import { engines } from '../../support/open-test-ledger.ts'

async function openUnknown(engine: 'sqlite' | 'postgres') {
  const opened = await openNews({ engine })
  const { house, receiver } = opened
  receiver.willDo({ end: 'resets' }, ...Array(7).fill({ end: 'answers', status: 429 }))
  for (let attempt = 0; attempt < 9; attempt += 1) await house.pass(5 * minuteMs)
  const post = await theOnlyPost(house)
  expect(post.state).toBe('unknown')
  return { ...opened, post }
}

function resolve(house: House, campaign: string, post: string, as: string) {
  return house.request('POST', `/v1/campaigns/${campaign}/posts/${post}/resolve`, { as })
}

describe.each(engines)('an unknown post (%s)', (engine) => {
  it('that an operator found at the channel is sent and counted, once', async () => {
    const { house, id, post } = await openUnknown(engine)
    const answers = await Promise.all([1, 2, 3].map(() => resolve(house, id, post.id, 'sent')))
    for (const { status, body } of answers)
      expect([status, body.state, body.receipt]).toEqual([200, 'sent', `operator:${post.id}`])
    expect(await house.total()).toBe(1)
    expect(await house.facts()).toMatchObject([{ source: 'operator' }])
    const { status, body } = await resolve(house, id, post.id, 'failed')
    expect([status, body.detail]).toEqual([400, expect.stringContaining('is sent: only a post')])
    expect(await house.total()).toBe(1)
  })

  it('that an operator did not find is failed, and sent wins should it turn up', async () => {
    const { house, id, post } = await openUnknown(engine)
    const { body } = await resolve(house, id, post.id, 'failed')
    expect([body.state, body.reason]).toEqual([
      'failed',
      expect.stringContaining('an operator resolved it as failed'),
    ])
    expect(await house.total()).toBe(0)
    expect((await resolve(house, id, post.id, 'failed')).status).toBe(200)
    expect((await resolve(house, id, post.id, 'sent')).body.state).toBe('sent')
    expect(await house.total()).toBe(1)
  })
})

describe('resolving', () => {
  it('is not acknowledged again by a ledger whose file was lost', async () => {
    const { house, id, post } = await openUnknown('sqlite')
    expect((await resolve(house, id, post.id, 'sent')).status).toBe(200)
    expect((await resolve(house, id, post.id, 'sent')).status).toBe(200)
    if (house.location.engine === 'sqlite') rmSync(house.location.path)
    expect((await resolve(house, id, post.id, 'sent')).status).toBe(503)
  })

  it('is not for a post that the channel refused', async () => {
    const { house, id, receiver } = await openNews()
    receiver.willDo({ end: 'answers', status: 404 })
    await house.pass(minuteMs)
    const { id: postId } = await theOnlyPost(house)
    const { status, body } = await resolve(house, id, postId, 'sent')
    expect([status, body.detail]).toEqual([
      400,
      expect.stringMatching(/is failed .*404.*: only a post that is unknown/),
    ])
    expect(await house.total()).toBe(0)
  })

  it('is for posts with an unknown outcome', async () => {
    const { house, id, receiver } = await openNews()
    receiver.willDo({ end: 'answers', status: 429 })
    await house.pass(minuteMs)
    const { id: postId } = await theOnlyPost(house)
    const { status, body } = await resolve(house, id, postId, 'sent')
    expect([status, body.detail]).toEqual([
      400,
      expect.stringMatching(/is due .*: only a post that is unknown/),
    ])
    expect((await resolve(house, id, 'post_9', 'sent')).status).toBe(404)
    expect((await resolve(house, 'campaign_9', postId, 'sent')).status).toBe(404)
    expect((await resolve(house, id, postId, 'maybe')).status).toBe(400)
  })
})
