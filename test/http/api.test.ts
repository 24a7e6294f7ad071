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
    'GET /v1/campaigns',
    'GET /v1/campaigns/{id}',
    'GET /v1/campaigns/{id}/next-runs',
    'GET /v1/campaigns/{id}/posts',
    'GET /v1/dead-letters',
    'GET /v1/dead-letters/{id}',
    'GET /v1/facts',
    'GET /v1/plans',
    'GET /v1/stats',
    'GET /v1/totals',
    'PATCH /v1/campaigns/{id}',
    'POST /v1/campaigns',
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
