import { expect, test } from 'vitest'
import { type ApiKey, digestOf, keyIdOf } from '../../src/config/api-keys.ts'
import { createApi } from '../../src/http/api.ts'
import { createApiKey, isRead, requireApiKey } from '../../src/http/api-key.ts'

const operate: ApiKey = { name: 'shop', scope: 'operate', digest: digestOf('operate-key') }
const read: ApiKey = { name: 'report', scope: 'read', digest: digestOf('read-key') }

/** A route that each key may read and one that changes something, or fails. */
function openRoutes(keys: readonly ApiKey[] = [operate, read]) {
  const changes: object[] = []
  const api = createApi({ onFault: () => undefined, requestIdOf: () => 'request_1' })
  api.use(
    '/v1/*',
    requireApiKey(keys, (change) => changes.push(change)),
  )
  api.get('/v1/things', (context) => context.json(context.get('caller')))
  api.post('/v1/things', (context) => context.json(context.get('caller'), 201))
  api.post('/v1/broken', (context) => context.json({}, 400))
  const call = async (method: string, authorization?: string, path = '/v1/things') => {
    const headers = new Headers(authorization === undefined ? {} : { authorization })
    const env = { incoming: { headers: { 'x-request-id': 'request_7' } } }
    const answer = await api.request(path, { method, headers }, env)
    return { status: answer.status, body: (await answer.json()) as unknown }
  }
  return { call, changes }
}

test('a key identifies its caller, by its own id and the name that its keys share', async () => {
  const { call, changes } = openRoutes()
  const shop = { keyId: keyIdOf(operate.digest), keyName: 'shop' }
  expect(await call('GET', 'Bearer operate-key')).toEqual({ status: 200, body: shop })
  expect(await call('POST', 'bearer   operate-key')).toEqual({ status: 201, body: shop })
  const report = { keyId: keyIdOf(read.digest), keyName: 'report' }
  expect(await call('GET', 'Bearer read-key')).toEqual({ status: 200, body: report })
  const change = { key: 'shop', method: 'POST', path: '/v1/things', status: 201 }
  expect(changes).toEqual([{ ...change, requestId: 'request_7' }])
})

test('a change that was refused is none, and a key that may only read changes nothing', async () => {
  const { call, changes } = openRoutes()
  expect((await call('POST', 'Bearer operate-key', '/v1/broken')).status).toBe(400)
  expect(await call('POST', 'Bearer read-key')).toMatchObject({
    status: 403,
    body: { type: 'urn:countinghouse:problem:forbidden' },
  })
  expect(changes).toEqual([])
})

test.each([
  undefined,
  'Bearer',
  'Bearer ',
  'operate-key',
  'Basic operate-key',
  'Beareroperate-key',
  'x Bearer operate-key',
  'Bearer operate-key x',
  'Bearer operate-ke',
  'Bearer operate-key,read-key',
])('with the header %j nobody is let through', async (authorization) => {
  const { call } = openRoutes()
  expect(await call('GET', authorization)).toMatchObject({
    status: 401,
    body: { type: 'urn:countinghouse:problem:unauthorized' },
  })
})

test('where no key is configured every caller is local, and may change', async () => {
  const { call, changes } = openRoutes([])
  const local = { keyId: 'local', keyName: 'local' }
  expect(await call('POST', 'Bearer anything')).toEqual({ status: 201, body: local })
  expect(changes).toMatchObject([{ key: 'local' }])
})

test('a key made for a caller within the process is 256 bits and may operate', async () => {
  const { key, kept } = createApiKey('emulator')
  expect(Buffer.from(key, 'base64url')).toHaveLength(32)
  expect(kept).toMatchObject({ name: 'emulator', scope: 'operate' })
  const { call } = openRoutes([kept])
  expect((await call('POST', `Bearer ${key}`)).status).toBe(201)
})

test('only methods that change nothing are for keys that may only read', () => {
  const methods = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']
  expect(methods.filter(isRead)).toEqual(['GET', 'HEAD', 'OPTIONS'])
})
