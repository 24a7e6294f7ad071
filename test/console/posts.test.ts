import { describe, expect, test } from 'vitest'
import { consoleKeys, cookieOf, operateKey, ownForm, readKey } from '../support/open-page.ts'
import { engines } from '../support/open-test-ledger.ts'
import { temporaryDatabase } from '../support/postgres.ts'
import { startWithQuietChat, yearly } from '../support/quiet-chat.ts'
import { rawRequest } from '../support/raw-request.ts'

const authorization = `Bearer ${operateKey}`

/** The fields of all answers together; each has some of them. */
interface Answer {
  readonly id: string
  readonly state: string
  readonly counter: string
  readonly committed: number
  readonly data: readonly Answer[]
}

async function openPosts(environment: Readonly<Record<string, string>> = {}) {
  const app = await startWithQuietChat({ API_KEYS: consoleKeys, ...environment })
  const cookie = await cookieOf(app.apiUrl, operateKey)
  const call = async (path: string, body?: object) => {
    const answer = await app.call(body === undefined ? 'GET' : 'POST', path, body, {
      authorization,
    })
    return (await answer.json()) as Answer
  }
  const page = async (path: string, as = cookie) =>
    (await rawRequest(`${app.apiUrl}${path}`, 'GET', { cookie: as })).text
  const send = (path: string, fields: [string, string][], as = cookie) =>
    rawRequest(
      `${app.apiUrl}${path}`,
      'POST',
      { ...ownForm(app.apiUrl), cookie: as },
      `${new URLSearchParams(fields)}`,
    )
  const create = async (changes: object = {}) =>
    (await call('/v1/campaigns', { ...yearly, ...changes })).id
  const post = async (campaign: string) => (await call(`/v1/campaigns/${campaign}/posts`, {})).id
  return { app, call, page, send, create, post }
}

describe.each(engines)('the posts, on %s', (engine) => {
  test('unknown ones come first with both buttons; each is resolved as the API does', async () => {
    const { call, page, send, create, post } = await openPosts(
      engine === 'postgres' ? { DATABASE_URL: await temporaryDatabase() } : {},
    )
    const quiet = await create()
    const said = await create({ channel: 'print', messages: ['Said aloud.'], name: 'Spring' })
    const unknown = await post(quiet)
    await post(said)
    const list = await page('/posts')
    expect(list.indexOf('It is cold.')).toBeLessThan(list.indexOf('Said aloud.'))
    expect(list).toContain('The channel answered 200 without confirming it')
    expect(list).toContain(`formaction="/posts/${unknown}/resolve"`)
    expect(list).toMatch(/href="\/posts\?state=unknown">Unknown\s+<span class="bad">1</)
    const counted = async () => {
      const { data } = await call('/v1/totals')
      return data.find(({ counter }) => counter === 'marketing_posts_total')?.committed
    }
    expect(await counted()).toBe(1)
    const answer = await send(`/posts/${unknown}/resolve`, [['as', 'sent']])
    expect([answer.status, answer.headers.location]).toEqual([303, `/posts/${unknown}`])
    expect(await counted()).toBe(2)
    const own = await page(`/posts/${unknown}`)
    expect(own).toContain(`operator:${unknown}`)
    expect(own).toContain(`href="/facts/post%3A${quiet}%3Amanual`)
    expect(own).not.toContain('/resolve')
  })

  test('a hold of the channel is on its posts, with the reason', async () => {
    const { page, create, post } = await openPosts(
      engine === 'postgres' ? { DATABASE_URL: await temporaryDatabase() } : {},
    )
    await post(await create({ messages: ['wait'] }))
    const held = await post(await create())
    const list = await page('/posts?state=due')
    expect(list).toMatch(/The channel asked to wait\s+<span class="soft">not before <time/)
    expect(await page(`/posts/${held}`)).toContain('The channel asked to wait.')
  })
})

test('ticked posts are resolved together, one that cannot be does not hold up the others', async () => {
  const { call, page, send, create, post } = await openPosts()
  const campaign = await create()
  const ids = [await post(campaign), await post(campaign), await post(campaign)]
  const back: [string, string] = ['back', `campaign=${campaign}`]
  const ticked = ids.slice(0, 2).map((id): [string, string] => ['post', id])
  const fields: [string, string][] = [['as', 'failed'], back, ['post', 'post_none'], ...ticked]
  const answer = await send('/posts/resolve', fields)
  expect([answer.status, answer.headers.location]).toEqual([303, `/posts?campaign=${campaign}`])
  const notice = decodeURIComponent(answer.headers['set-cookie']?.join() ?? '')
  expect(notice).toContain('2 posts are recorded as not sent. 1 could not be resolved')
  const { data } = await call('/v1/posts')
  expect(data.map(({ state }) => state).toSorted()).toEqual(['failed', 'failed', 'unknown'])
  const none = await send('/posts/resolve', [['as', 'sent']])
  expect(decodeURIComponent(none.headers['set-cookie']?.join() ?? '')).toContain('tick the posts')
  expect(await page(`/posts/${ids[0]}`)).toContain('It was sent')
})

test('filters are in the URL, also for a campaign that was deleted', async () => {
  const { app, page, create, post } = await openPosts()
  const gone = await create({ channel: 'print', messages: ['Gone.'], name: 'Bygone' })
  const kept = await create({ channel: 'print', messages: ['Kept.'] })
  await post(gone)
  await post(kept)
  await app.call('DELETE', `/v1/campaigns/${gone}`, undefined, { authorization })
  const all = await page('/posts')
  expect(all).toMatch(/Bygone <span class="tag">deleted/)
  const one = await page(`/posts?state=sent&channel=print&campaign=${gone}`)
  expect(one).toContain('Gone.')
  expect(one).not.toContain('Kept.')
  expect(one).toContain(`<option value="${gone}" selected>`)
  expect(one).toContain(`href="/posts?state=failed&amp;channel=print&amp;campaign=${gone}"`)
  expect(await page('/posts?state=failed')).toContain('There are no such posts')
})

test('pages of posts follow each other', async () => {
  const { page, create, post } = await openPosts()
  const campaign = await create({ channel: 'print' })
  for (let count = 0; count < 51; count += 1) await post(campaign)
  const rows = (text: string) => text.match(/href="\/posts\/post_/g)?.length
  const first = await page('/posts')
  expect(rows(first)).toBe(50)
  const [, next = ''] = /<a rel="next" href="([^"]+)">Older posts/.exec(first) ?? []
  expect(rows(await page(next.replaceAll('&amp;', '&')))).toBe(1)
})

test('a key that may only read sees the posts and can resolve none', async () => {
  const { app, page, send, create, post } = await openPosts()
  const id = await post(await create())
  const reader = await cookieOf(app.apiUrl, readKey)
  for (const path of ['/posts', `/posts/${id}`]) {
    const text = await page(path, reader)
    expect(text).toContain('It is cold.')
    expect(text).not.toMatch(/resolve|checkbox/)
  }
  expect((await send(`/posts/${id}/resolve`, [['as', 'sent']], reader)).status).toBe(403)
  expect((await send('/posts/resolve', [['post', id]], reader)).status).toBe(403)
  expect((await send('/posts/post_none/resolve', [['as', 'sent']])).status).toBe(404)
  expect((await send(`/posts/${id}/resolve`, [['as', 'maybe']])).status).toBe(400)
})
