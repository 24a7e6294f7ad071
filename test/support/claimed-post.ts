import { type HouseOptions, minuteMs, openHouse } from './marketing.ts'

/** A house whose only post has been claimed for its first attempt and not been sent. */
export async function openClaimed(options: HouseOptions = {}) {
  const house = await openHouse(options)
  await house.create()
  house.clock.now += minuteMs
  const { claims } = house
  const stopped = house.marketing.stop()
  await house.marketing.tick()
  await stopped
  const claim = () => claims.claimNext('console', 1_000)
  const post = await claim()
  if (post === undefined) throw new Error('there was nothing to claim')
  return { house, claims, claim, post }
}
