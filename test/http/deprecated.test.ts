import { createRoute, z } from '@hono/zod-openapi'
import { expect, test } from 'vitest'
import { createApi } from '../../src/http/api.ts'
import { deprecated, jsonContent } from '../../src/http/describe.ts'

test('one line in a route marks it as deprecated in its answers, also refusals, and in the description', async () => {
  const api = createApi({ onFault: () => undefined, requestIdOf: () => 'request' })
  const route = createRoute({
    method: 'get',
    path: '/v1/old',
    ...deprecated({ since: '2027-01-01', sunset: '2027-07-01', link: 'https://example.com/new' }),
    request: { query: z.object({ count: z.coerce.number().optional() }) },
    responses: { 200: jsonContent(z.object({ ok: z.boolean() }), 'Old.') },
  })
  api.openapi(route, (context) => context.json({ ok: true }, 200))
  for (const [path, status] of [
    ['/v1/old', 200],
    ['/v1/old?count=x', 400],
  ] as const) {
    const answer = await api.request(path)
    expect(answer.status).toBe(status)
    // 1 January 2027, as seconds since 1970; RFC 8594 has an HTTP date.
    expect(answer.headers.get('deprecation')).toBe('@1798761600')
    expect(answer.headers.get('sunset')).toBe('Thu, 01 Jul 2027 00:00:00 GMT')
    expect(answer.headers.get('link')).toBe(
      '<https://example.com/new>; rel="deprecation"; type="text/html"',
    )
  }
  const { paths } = api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'old', version: '1' },
  })
  expect(paths?.['/v1/old']?.get).toMatchObject({ deprecated: true, 'x-sunset': '2027-07-01' })
})
