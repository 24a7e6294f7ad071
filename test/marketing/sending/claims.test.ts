import { describe, expect, it } from 'vitest'
import type { PostRow } from '../../../src/database/schema.ts'
import { openClaimed } from '../../support/claimed-post.ts'
import { everyMinute, type House, minuteMs, openHouse } from '../../support/marketing.ts'
import { theOnlyPost } from '../../support/news-campaign.ts'
import { engines } from '../../support/open-test-ledger.ts'

async function state(house: House) {
  return (await theOnlyPost(house)).state
}
const refused = { state: 'failed', reason: 'gone' } as const
const putOff = { state: 'due', reason: 'busy', waitMs: 0, mayHaveArrived: false } as const

describe.each(engines)('a claim (%s)', (engine) => {
  it('is won by one', async () => {
    const { claim, post } = await openClaimed({ engine })
    expect(post).toMatchObject({ state: 'sending', attempts: 1 })
    expect(await claim()).toBeUndefined()
  })

  it('is won by one of many that come together', async () => {
    const { house, claims, claim, post } = await openClaimed({ engine })
    await claims.finishAttempt(post, putOff, 0)
    const won = await Promise.all(Array.from({ length: 20 }, claim))
    expect(won.filter((one) => one !== undefined)).toMatchObject([{ id: post.id, attempts: 2 }])
    expect(await state(house)).toBe('sending')
  })

  it('runs out after its deadline, not at it', async () => {
    const { house } = await openClaimed({ engine })
    house.clock.now += 1_000
    expect(await house.expiry.expireSending()).toEqual([])
    house.clock.now += 1
    expect(await house.expiry.expireSending()).toMatchObject([{ state: 'unknown' }])
  })

  it('that ran out still takes the outcome of its attempt', async () => {
    const { house, claims, post } = await openClaimed({ engine })
    house.clock.now += 1_001
    await house.expiry.expireSending()
    await claims.finishAttempt(post, refused, 0)
    expect(await state(house)).toBe('failed')
  })

  it('takes no outcome of an attempt before it', async () => {
    const { house, claims, claim, post } = await openClaimed({ engine })
    await claims.finishAttempt(post, putOff, 0)
    expect(await claim()).toMatchObject({ attempts: 2 })
    await claims.finishAttempt(post, refused, 0)
    expect(await state(house)).toBe('sending')
  })

  it('leaves what is resolved as it is, save that confirmed is sent', async () => {
    const { house, claims, post } = await openClaimed({ engine })
    const { queries } = house.database
    await claims.finishAttempt(post, refused, 0)
    await claims.finishAttempt(post, { state: 'unknown', reason: 'late' }, 0)
    expect(await state(house)).toBe('failed')
    await claims.markSent(queries, post, 'first', 0)
    await claims.markSent(queries, post, 'second', 0)
    expect(await theOnlyPost(house)).toMatchObject({ state: 'sent', receipt: 'first' })
  })
})

describe.each(engines)('a post whose time is over (%s)', (engine) => {
  const openPutOff = async () => {
    const opened = await openClaimed({ engine })
    await opened.claims.finishAttempt(opened.post, putOff, 0)
    return opened
  }
  const slot = ({ scheduled_at }: PostRow) => scheduled_at

  it('is claimed by no process that stood still, whether or not somebody looked meanwhile', async () => {
    const { house, claim, post } = await openPutOff()
    house.clock.now = slot(post) + 10 * minuteMs + minuteMs
    expect(await claim()).toBeUndefined()
    expect(await house.expiry.expireWaiting()).toMatchObject([{ state: 'failed' }])
  })

  it('is over an hour after its slot, however often it was put off', async () => {
    const { house, claim, post } = await openPutOff()
    const { queries } = house.database
    house.clock.now = slot(post) + 60 * minuteMs
    await queries.updateTable('posts').set({ not_before: house.clock.now }).execute()
    expect(await house.expiry.expireWaiting()).toEqual([])
    house.clock.now += 1
    expect(await claim()).toBeUndefined()
    expect(await house.expiry.expireWaiting()).toMatchObject([{ state: 'failed' }])
  })

  it('that was under way when its campaign ended is not sent again', async () => {
    for (const end of [{ deleted_at: 1 }, { paused: 1 }]) {
      const { house, claim, post } = await openPutOff()
      await house.database.queries.updateTable('campaigns').set(end).execute()
      expect(await claim()).toBeUndefined()
      expect(await house.expiry.expireWaiting()).toMatchObject([
        { id: post.id, state: 'failed', reason: expect.stringContaining('paused or deleted') },
      ])
    }
  })
})

describe.each(engines)('a channel (%s)', (engine) => {
  const openTwo = async () => {
    const opened = await openClaimed({ engine })
    const { house, claims } = opened
    const [first] = await house.posts()
    if (first === undefined) throw new Error('there is no post')
    const second: PostRow = { ...first, id: 'post_second', slot_key: 'manual:2', state: 'due' }
    await house.database.queries.insertInto('posts').values(second).execute()
    return { ...opened, claimSecond: () => claims.claimPost(second, 1_000) }
  }

  it('takes one post at a time', async () => {
    const { claims, claim, post, claimSecond } = await openTwo()
    expect(await claim()).toBeUndefined()
    expect(await claimSecond()).toBeUndefined()
    await claims.finishAttempt(post, refused, 0)
    expect(await claimSecond()).toMatchObject({ id: 'post_second', state: 'sending' })
  })

  it('is free again when the process that had it is gone', async () => {
    const { house, claimSecond } = await openTwo()
    house.clock.now += 999
    expect(await claimSecond()).toBeUndefined()
    house.clock.now += 1
    expect(await claimSecond()).toBeDefined()
  })

  it('stays with an attempt that is still running, and only with that', async () => {
    const { house, claims, post, claimSecond } = await openTwo()
    house.clock.now += 900
    await claims.keepLock(post, 1_000)
    house.clock.now += 999
    expect(await claimSecond()).toBeUndefined()
    house.clock.now += 1
    expect(await claimSecond()).toBeDefined()
    await claims.keepLock(post, 60_000)
    house.clock.now += 1_000
    expect(
      (await house.database.queries.selectFrom('channels').selectAll().execute())[0],
    ).toMatchObject({ busy_until: house.clock.now, busy_with: 'post_second:2' })
  })

  it('that asks for a pause has it from everybody, to the millisecond', async () => {
    const { house, claims, post, claimSecond } = await openTwo()
    expect(await claims.isCoolingDown('console')).toBe(false)
    await claims.finishAttempt(post, refused, 40_000)
    expect(await claims.isCoolingDown('console')).toBe(true)
    house.clock.now += 39_999
    expect(await claimSecond()).toBeUndefined()
    house.clock.now += 1
    expect(await claimSecond()).toBeDefined()
  })

  it('records a late response without being taken from its current owner', async () => {
    const { house, claims, claim, post, claimSecond } = await openTwo()
    house.clock.now += 1_000
    expect(await claimSecond()).toBeDefined()
    await claims.finishAttempt(post, putOff, 40_000)
    expect(await claim()).toBeUndefined()
    house.clock.now += 1_000
    expect(await claim()).toBeUndefined()
    house.clock.now += 39_000
    expect(await claim()).toBeDefined()
  })
})

describe.each(engines)('three replicas (%s)', (engine) => {
  it('post each slot once between them and take the messages in turn', async () => {
    const house = await openHouse({ engine })
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
