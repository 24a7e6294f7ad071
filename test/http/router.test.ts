import { TrieRouter } from 'hono/router/trie-router'
import { expect, it } from 'vitest'
import { createRouter } from '../../src/http/router.ts'

const routes = [
  ['ALL', '*'],
  ['ALL', '/v1/*'],
  ['POST', '/webhooks/stripe'],
  ['GET', '/v1/campaigns/preview'],
  ['POST', '/v1/campaigns/:id/posts'],
  ['GET', '/v1/campaigns/:id'],
] as const

const requests = [
  ['POST', '/webhooks/stripe'],
  ['GET', '/webhooks/stripe'],
  ['GET', '/v1/campaigns/preview'],
  ['GET', '/v1/campaigns/1'],
  ['GET', '/v1/campaigns/2'],
  ['POST', '/v1/campaigns/preview/posts'],
  ['GET', '/nothing'],
] as const

function fill<R extends { add(method: string, path: string, name: string): void }>(router: R): R {
  for (const [method, path] of routes) router.add(method, path, `${method} ${path}`)
  return router
}

it.each(requests)(
  'finds for %s %s what Hono’s trie router finds, again and again',
  (...request) => {
    const expected = fill(new TrieRouter<string>()).match(...request)
    const router = fill(createRouter<string>())
    const found = [1, 2, 3].map(() => router.match(...request))
    expect(found).toEqual([expected, expected, expected])
  },
)

it('keeps the match of a path without parameters, and no other', () => {
  const router = fill(createRouter<string>())
  const isKept = (...request: readonly [string, string]) => {
    const [first, second] = [1, 2].map(() => router.match(...request))
    return first === second
  }
  expect(isKept('POST', '/webhooks/stripe')).toBe(true)
  expect(isKept('GET', '/v1/campaigns/1')).toBe(false)
  expect(isKept('GET', '/a/strangers/path')).toBe(false)
})

it('finds a route that is added after a match', () => {
  const router = fill(createRouter<string>())
  const before = router.match('POST', '/webhooks/stripe')
  router.add('POST', '/webhooks/*', 'late')
  const after = router.match('POST', '/webhooks/stripe')
  expect(after[0]).toHaveLength(before[0].length + 1)
})
