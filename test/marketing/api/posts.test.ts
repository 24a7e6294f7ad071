import { describe, expect, test } from 'vitest'
import { minuteMs, openHouse } from '../../support/marketing.ts'
import { engines } from '../../support/open-test-ledger.ts'

/** A campaign with ten posts in several states, and a deleted one with a sent post. */
async function openBusyHouse(engine: (typeof engines)[number]) {
  const house = await openHouse({ engine })
  const { queries } = house.database
  const deleted = await house.create()
  await house.request('POST', `/v1/campaigns/${deleted}/posts`)
  await house.request('DELETE', `/v1/campaigns/${deleted}`)
  const campaign = await house.create()
  for (let count = 0; count < 10; count += 1) await house.pass(minuteMs)
  const posts = (await house.posts()).filter((post) => post.campaign_id === campaign)
  for (const [index, state] of (['unknown', 'failed', 'unknown', 'missed'] as const).entries())
    await queries
      .updateTable('posts')
      .set({ state, ...(index === 2 ? { channel: 'other' } : {}) })
      .where('id', '=', posts[index]?.id ?? '')
      .execute()
  const list = async (query: string) => (await house.request('GET', `/v1/posts${query}`)).body
  return { house, deleted, campaign, list }
}

describe.each(engines)('the posts of all campaigns, on %s', (engine) => {
  test('come newest first, page by page, also those of deleted campaigns', async () => {
    const { house, deleted, list } = await openBusyHouse(engine)
    const seen = []
    let cursor: string | null = null
    do {
      const page = await list(`?limit=4${cursor === null ? '' : `&cursor=${cursor}`}`)
      seen.push(...page.data)
      expect(page.has_more).toBe(page.next_cursor !== null)
      cursor = page.next_cursor
    } while (cursor !== null)
    const all = (await house.posts()).toReversed()
    expect(seen.map(({ id }) => id)).toEqual(all.map(({ id }) => id))
    expect(all.map((post) => post.campaign_id)).toContain(deleted)
  })

  test('are found by states, channel and campaign', async () => {
    const { deleted, campaign, list } = await openBusyHouse(engine)
    const statesOf = async (query: string) => (await list(query)).data.map(({ state }) => state)
    expect(await statesOf('?state=unknown')).toEqual(['unknown', 'unknown'])
    const several = ['missed', 'unknown', 'unknown']
    expect(await statesOf('?state=unknown&state=missed')).toEqual(several)
    expect(await statesOf('?state=unknown,missed,unknown')).toEqual(several)
    expect(await statesOf('?state=unknown&channel=other')).toEqual(['unknown'])
    expect(await statesOf(`?campaign=${deleted}`)).toEqual(['sent'])
    expect(await statesOf(`?campaign=${campaign}&state=sent`)).toEqual(Array(6).fill('sent'))
  })

  test('refuse a state, a field or a cursor that there is not', async () => {
    const { house } = await openBusyHouse(engine)
    for (const [query, status] of [
      ['state=done', 400],
      ['state=', 400],
      ['campaign_id=x', 400],
      ['cursor=post_none', 404],
    ] as const)
      expect([query, (await house.request('GET', `/v1/posts?${query}`)).status]).toEqual([
        query,
        status,
      ])
  })
})
