import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { startAppWithStripe } from '../support/start-test-app.ts'

const problem = z.strictObject({
  type: z.string().startsWith('urn:countinghouse:problem:'),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  request_id: z.uuid(),
  errors: z
    .array(z.strictObject({ in: z.string(), path: z.string(), message: z.string() }))
    .optional(),
})

test('the description names every route, its answers and its problems', async () => {
  const app = await startAppWithStripe()
  const description = z
    .object({ openapi: z.string(), paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .parse(await (await app.call('GET', '/openapi.json')).json())
  expect(description.openapi).toBe('3.1.0')
  const routes = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(routes.toSorted()).toEqual([
    'DELETE /v1/campaigns/{id}',
    'GET /checkout/cancel',
    'GET /checkout/success',
    'GET /docs',
    'GET /healthz',
    'GET /openapi.json',
    'GET /readyz',
    'GET /v1/campaigns',
    'GET /v1/campaigns/{id}',
    'GET /v1/campaigns/{id}/next-runs',
    'GET /v1/campaigns/{id}/posts',
    'GET /v1/dead-letters',
    'GET /v1/dead-letters/{id}',
    'GET /v1/facts',
    'GET /v1/facts.csv',
    'GET /v1/facts/stream',
    'GET /v1/plans',
    'GET /v1/posts',
    'GET /v1/posts/{post_id}',
    'GET /v1/stats',
    'GET /v1/totals',
    'GET /version',
    'PATCH /v1/campaigns/{id}',
    'POST /v1/campaigns',
    'POST /v1/campaigns/preview',
    'POST /v1/campaigns/{id}/posts',
    'POST /v1/campaigns/{id}/posts/{post_id}/resolve',
    'POST /v1/checkout-sessions',
    'POST /v1/dead-letters/{id}/dismiss',
    'POST /v1/dead-letters/{id}/replay',
  ])
})

test('an unknown route is a problem document with status 404', async () => {
  const app = await startAppWithStripe()
  const answer = await app.call('GET', '/v1/nothing')
  expect(answer.status).toBe(404)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(problem.parse(await answer.json()).detail).toBe('there is no GET /v1/nothing')
})

test('a ledger failure is a 503 without internals, which are in the log', async () => {
  const app = await startAppWithStripe()
  const intruder = new DatabaseSync(`${app.folder}/ledger.db`)
  intruder.exec('drop table campaigns')
  intruder.close()
  const answer = await app.call('GET', '/v1/campaigns')
  expect(answer.status).toBe(503)
  const { detail, request_id: requestId } = problem.parse(await answer.json())
  expect(detail).toBe('the ledger could not be read or written: try again')
  expect(app.logLines.find((line) => line.includes(requestId))).toContain('ERR_SQLITE_ERROR')
})

test('another method of a known path is 405 with the methods that it has', async () => {
  const app = await startAppWithStripe()
  for (const [method, path, allow] of [
    ['PUT', '/v1/campaigns', 'GET, HEAD, OPTIONS, POST'],
    ['POST', '/v1/campaigns/campaign_1', 'DELETE, GET, HEAD, OPTIONS, PATCH'],
    ['GET', '/webhooks/stripe', 'OPTIONS, POST'],
    ['DELETE', '/healthz', 'GET, HEAD, OPTIONS'],
  ] as const) {
    const answer = await app.call(method, path)
    expect([path, answer.status, answer.headers.get('allow')]).toEqual([path, 405, allow])
    expect(problem.parse(await answer.json()).type).toBe(
      'urn:countinghouse:problem:method_not_allowed',
    )
  }
})

test('OPTIONS answers which methods a path has, and grants a foreign page nothing', async () => {
  const app = await startAppWithStripe()
  const answer = await app.call('OPTIONS', '/v1/plans', undefined, {
    origin: 'https://shop.example',
    'access-control-request-method': 'GET',
  })
  expect([answer.status, answer.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS'])
  expect(answer.headers.has('access-control-allow-origin')).toBe(false)
  expect((await app.call('HEAD', '/v1/campaigns')).status).toBe(200)
})

test('every answer has a request id: its own, or the one that the caller sent', async () => {
  const app = await startAppWithStripe()
  for (const [method, path] of [
    ['GET', '/healthz'],
    ['GET', '/v1/totals'],
    ['GET', '/v1/nothing'],
    ['POST', '/webhooks/stripe'],
    ['GET', '/openapi.json'],
  ] as const) {
    const answer = await app.call(method, path)
    expect(z.uuid().safeParse(answer.headers.get('x-request-id')).success).toBe(true)
    const own = await app.call(method, path, undefined, { 'x-request-id': 'proxy-1/a:b' })
    expect(own.headers.get('x-request-id')).toBe('proxy-1/a:b')
  }
  for (const given of ['two words', 'a@b.example', 'x'.repeat(129)]) {
    const answer = await app.call('GET', '/v1/nothing', undefined, { 'x-request-id': given })
    const id = answer.headers.get('x-request-id')
    expect(problem.parse(await answer.json()).request_id).toBe(id)
  }
})

test('a change is in the audit log with its request id', async () => {
  const app = await startAppWithStripe()
  const headers = { 'x-request-id': 'deploy-7' }
  await app.call('POST', '/v1/checkout-sessions', { plan: 'starter' }, headers)
  expect(app.logLines.find((line) => line.includes('"changed"'))).toContain(
    '"requestId":"deploy-7"',
  )
})

test('a problem document lists each invalid field', async () => {
  const app = await startAppWithStripe()
  const errorsOf = async (method: string, path: string, body?: unknown) =>
    problem
      .parse(await (await app.call(method, path, body)).json())
      .errors?.map(({ in: place, path: field }) => `${place} ${field}`)
  const checkout = { plan: 'starter', quantity: 0, locale: '?', colour: 'red' }
  expect(await errorsOf('POST', '/v1/checkout-sessions', checkout)).toEqual([
    'body quantity',
    'body locale',
    'body colour',
  ])
  expect(await errorsOf('POST', '/v1/checkout-sessions', { plan: 'none' })).toEqual(['body plan'])
  expect(await errorsOf('GET', '/v1/facts?limit=0&size=1')).toEqual(['query limit', 'query size'])
  expect(await errorsOf('GET', '/v1/dead-letters?cursor=x')).toEqual(['query cursor'])
  expect(await errorsOf('GET', '/v1/nothing')).toBeUndefined()
})
