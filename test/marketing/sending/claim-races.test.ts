import { expect, test } from 'vitest'
import { type House, minuteMs, openHouse } from '../../support/marketing.ts'
import { theOnlyPost } from '../../support/news-campaign.ts'
import { engines } from '../../support/open-test-ledger.ts'
import { waitForLock } from '../../support/wait-for-lock.ts'

/** A house on PostgreSQL whose only post is due and not claimed. */
async function openDue(): Promise<House> {
  const house = await openHouse({ engine: 'postgres' })
  await house.create()
  house.clock.now += minuteMs
  const stopped = house.marketing.stop()
  await house.marketing.tick()
  await stopped
  expect(await theOnlyPost(house)).toMatchObject({ state: 'due' })
  return house
}

test('a post that another process ends while it is being claimed is not claimed', async () => {
  const house = await openDue()
  const release = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  const ending = house.database.queries.transaction().execute(async (transaction) => {
    await transaction.updateTable('posts').set({ state: 'missed' }).execute()
    ended.resolve()
    await release.promise
  })
  await ended.promise
  const claim = house.claims.claimNext('console', 1_000)
  await waitForLock(house.database.queries).finally(release.resolve)
  await ending
  expect(await claim).toBeUndefined()
  expect(await theOnlyPost(house)).toMatchObject({ state: 'missed', attempts: 0 })
})

test.each(engines)('campaigns with the same slot have a post each, on %s', async (engine) => {
  const house = await openHouse({ engine })
  await house.create()
  await house.create({ name: 'Another' })
  await house.pass(minuteMs)
  expect(await house.states()).toEqual(['sent', 'sent'])
  expect(await house.total()).toBe(2)
})
