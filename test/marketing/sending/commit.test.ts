import { describe, expect, it, vi } from 'vitest'
import type { Recorder } from '../../../instrumentation/business/recorder.ts'
import { AppError } from '../../../src/errors.ts'
import { minuteMs, openHouse } from '../../support/marketing.ts'
import { openNews, theOnlyPost } from '../../support/news-campaign.ts'

describe('a process that ends between the send and the commit', () => {
  const openDoomed = () => {
    const never = new Promise<never>(() => undefined)
    return openNews({ recorder: (real) => ({ ...real, recordMarketingPost: () => never }) })
  }

  it('leaves a post that becomes unknown and is never sent again', async () => {
    const { house, receiver } = await openDoomed()
    house.clock.now += minuteMs
    await house.marketing.tick()
    await vi.waitFor(() => expect(receiver.taken.size).toBe(1))
    expect(await house.states()).toEqual(['sending'])
    vi.spyOn(house.marketing, 'stop').mockResolvedValue(undefined)
    await house.database.close()

    const later = await openHouse({
      location: house.location,
      channels: { news: receiver.address },
      startAt: house.clock.now,
    })
    await later.pass(4_000)
    expect(await later.states()).toEqual(['sending'])
    await later.pass(1)
    for (let minute = 0; minute < 20; minute += 1) await later.pass(minuteMs)
    expect(await theOnlyPost(later)).toMatchObject({
      state: 'unknown',
      deadline: null,
      reason: expect.stringContaining('look at the channel'),
    })
    expect(receiver.requests).toHaveLength(1)
    expect(await later.facts()).toEqual([])
    expect(await later.marketing.countOpenPosts()).toMatchObject({ unknown: 1 })
  })
})

describe('a ledger that cannot commit', () => {
  /** Fails as the ledger does; with `afterWriting` inside the transaction, after the post's change. */
  const failing =
    (isFailing: () => boolean, afterWriting = false) =>
    (real: Recorder) => ({
      ...real,
      recordMarketingPost: ((post, alongside) => {
        if (!isFailing()) return real.recordMarketingPost(post, alongside)
        if (!afterWriting) return Promise.reject(new AppError('not_committed', 'send it again'))
        return real.recordMarketingPost(post, async (transaction) => {
          await alongside?.(transaction)
          throw new Error('disk full')
        })
      }) satisfies Recorder['recordMarketingPost'],
    })

  it('shows neither the outcome nor the fact', async () => {
    const { house, receiver } = await openNews({ recorder: failing(() => true, true) })
    await house.pass(minuteMs)
    expect(receiver.taken.size).toBe(1)
    expect(await house.states()).toEqual(['sending'])
    expect(await house.facts()).toEqual([])
    expect(await house.total()).toBe(0)
  })

  it('gets the outcome later from the process that knows it, also after the deadline', async () => {
    let isDown = true
    const { house, receiver } = await openNews({ recorder: failing(() => isDown) })
    await house.pass(minuteMs)
    await house.pass(minuteMs)
    expect(await house.states()).toEqual(['unknown'])
    expect(await house.total()).toBe(0)
    isDown = false
    await house.pass(1_000)
    expect(await theOnlyPost(house)).toMatchObject({ state: 'sent', reason: null })
    expect(await house.total()).toBe(1)
    expect(receiver.requests).toHaveLength(1)
    await house.pass(1_000)
    expect(await house.facts()).toHaveLength(1)
  })

  it('gets the outcome at the latest when the service stops', async () => {
    let isDown = true
    const { house } = await openNews({ recorder: failing(() => isDown) })
    await house.pass(minuteMs)
    isDown = false
    await house.marketing.stop()
    expect(await house.total()).toBe(1)
  })

  it('answers 503 to a post now, which the same key then finds', async () => {
    let isDown = true
    const { house, id, receiver } = await openNews({ recorder: failing(() => isDown) })
    const call = () =>
      house.request('POST', `/v1/campaigns/${id}/posts`, undefined, { 'idempotency-key': 'k' })
    expect((await call()).body.type).toBe('urn:countinghouse:problem:not_committed')
    expect((await call()).status).toBe(503)
    isDown = false
    const { status, body } = await call()
    expect([status, body.state]).toEqual([200, 'sent'])
    expect(receiver.requests).toHaveLength(1)
    expect(await house.total()).toBe(1)
  })
})
