import { describe, expect, it } from 'vitest'
import { createLanes } from '../../src/marketing/lanes.ts'
import { createPostClaims } from '../../src/marketing/post-claims.ts'
import { theOnlyPost } from './news.ts'
import { everyMinute, type House, minuteMs, openHouse } from './support.ts'

/** A house whose only post has been claimed for its first attempt and not been sent. */
const openClaimed = async () => {
  const house = await openHouse()
  await house.create()
  house.clock.now += minuteMs
  const claims = createPostClaims(house.database.queries)
  const stopped = house.marketing.stop()
  await house.marketing.tick()
  await stopped
  const claim = () => claims.claimNext('console', house.clock.now, house.clock.now + 1_000)
  const post = await claim()
  if (post === undefined) throw new Error('there was nothing to claim')
  return { house, claims, claim, post }
}

const state = async (house: House) => (await theOnlyPost(house)).state

describe('a claim', () => {
  it('is won by one', async () => {
    const { claim, post } = await openClaimed()
    expect(post).toMatchObject({ state: 'sending', attempts: 1 })
    expect(await claim()).toBeUndefined()
  })

  it('runs out after its deadline, not at it', async () => {
    const { house, claims } = await openClaimed()
    const deadline = house.clock.now + 1_000
    expect(await claims.giveUpSending(deadline)).toEqual([])
    expect(await claims.giveUpSending(deadline + 1)).toMatchObject([{ state: 'unknown' }])
  })

  it('that ran out still takes the outcome of its attempt', async () => {
    const { house, claims, post } = await openClaimed()
    await claims.giveUpSending(house.clock.now + 1_001)
    await claims.settle(post, { state: 'failed', reason: 'gone' }, house.clock.now)
    expect(await state(house)).toBe('failed')
  })

  it('takes no outcome of an attempt before it', async () => {
    const { house, claims, claim, post } = await openClaimed()
    const { now } = house.clock
    const putOff = { state: 'due', reason: 'busy', notBefore: now, mayHaveArrived: false } as const
    await claims.settle(post, putOff, now)
    expect(await claim()).toMatchObject({ attempts: 2 })
    await claims.settle(post, { state: 'failed', reason: 'late' }, now)
    expect(await state(house)).toBe('sending')
  })

  it('leaves what was settled as it is, save that confirmed is sent', async () => {
    const { house, claims, post } = await openClaimed()
    const { queries } = house.database
    await claims.settle(post, { state: 'failed', reason: 'gone' }, house.clock.now)
    await claims.settle(post, { state: 'unknown', reason: 'late' }, house.clock.now)
    expect(await state(house)).toBe('failed')
    await claims.markSent(queries, post.id, 'first', house.clock.now)
    await claims.markSent(queries, post.id, 'second', house.clock.now)
    expect(await theOnlyPost(house)).toMatchObject({ state: 'sent', receipt: 'first' })
  })
})

describe('two replicas', () => {
  it('post each slot once between them and take the messages in turn', async () => {
    const house = await openHouse()
    await house.create()
    await house.create()
    const replicas = [house.marketing, house.replica(), house.replica()]
    for (let minute = 0; minute < 4; minute += 1) {
      house.clock.now += minuteMs
      await Promise.all(replicas.map((replica) => replica.tick()))
      await Promise.all(replicas.map((replica) => replica.idle()))
    }
    expect(house.printed).toHaveLength(8)
    expect(await house.total()).toBe(8)
    const texts = (await house.posts()).map((post) => post.message)
    const inTurn = [0, 1, 2, 0].flatMap((turn) => Array(2).fill(everyMinute.messages[turn]))
    expect(texts).toEqual(inTurn)
  })
})

describe('lanes', () => {
  it('hand a place from one to the next and never give out more than there are', async () => {
    const lanes = createLanes(1, 1)
    const leave = await lanes.enter('news')
    expect(lanes.tryEnter('news')).toBeUndefined()
    expect(lanes.tryEnter('other')).toBeDefined()
    const next = lanes.enter('news')
    await expect(lanes.enter('news')).rejects.toThrow('the channel news is busy')
    leave()
    const leaveNext = await next
    expect(lanes.free('news')).toBe(0)
    leaveNext()
    expect(lanes.free('news')).toBe(1)
  })
})
