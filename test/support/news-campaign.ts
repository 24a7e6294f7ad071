import { openReceiver } from './channel-receiver.ts'
import { type House, type HouseOptions, openHouse } from './marketing.ts'

/** A house with a receiver and one campaign whose first slot is half a minute away. */
export async function openNews(options: HouseOptions = {}) {
  const receiver = await openReceiver()
  const house = await openHouse({ channels: { news: receiver.address }, ...options })
  const id = await house.create({ channel: 'news', cron: '0 * * * *' })
  return { receiver, house, id }
}

/** The one post that there is. */
export async function theOnlyPost(house: House) {
  const [post, ...others] = await house.posts()
  if (post === undefined || others.length > 0) throw new Error('one post was expected')
  return post
}
