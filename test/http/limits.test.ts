import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { createAddressOf } from '../../src/http/caller-address.ts'
import { rawRequest } from '../support/raw-request.ts'
import { startTestApp, type TestApp, webhooksOnly } from '../support/start-test-app.ts'
import { until } from '../support/until.ts'

const key = 'a-key-0123456789'
const bearer = { authorization: `Bearer ${key}` }
const json = { 'content-type': 'application/json' }
const chunked = { 'transfer-encoding': 'chunked' }

function portOf(url: string): number {
  return Number(new URL(url).port)
}

/** Sends the beginning of a request, and goes away. */
async function breakOff(app: TestApp, path: string, body: string): Promise<void> {
  const socket = connect(portOf(app.apiUrl), '127.0.0.1')
  await once(socket, 'connect')
  const head = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n`
  await new Promise<void>((resolve) => socket.write(`${head}${body}`, () => resolve()))
  await new Promise((resolve) => setImmediate(resolve))
  socket.destroy()
}

test.each([
  ['declared', {}],
  ['chunked', chunked],
])('a body above 64 KiB is 413 on the API, %s', async (_, headers) => {
  const app = await startTestApp({ environment: { API_KEYS: key } })
  const body = JSON.stringify({ name: 'x'.repeat(64 * 1024), messages: [1] })
  const url = `${app.apiUrl}/v1/campaigns`
  const answer = await rawRequest(url, 'POST', { ...bearer, ...json, ...headers }, body)
  expect(answer.status).toBe(413)
  expect(answer.headers.connection).toBe('close')
  const stranger = await rawRequest(url, 'POST', { ...json, ...headers }, body)
  expect(stranger.status).toBe(401)
})

test.each([
  ['a path', 'GET', `/v1/${'p'.repeat(3_000)}`, undefined],
  ['an id', 'GET', `/v1/campaigns/${'a%20'.repeat(1_000)}`, undefined],
  ['a plan', 'POST', '/v1/checkout-sessions', { plan: 'p'.repeat(3_000) }],
  ['an unknown field', 'POST', '/v1/checkout-sessions', { plan: 'x', ['f'.repeat(3_000)]: 1 }],
  ['many wrong values', 'POST', '/v1/campaigns', { messages: Array(3_000).fill(1) }],
  [
    'a return URL',
    'POST',
    '/v1/checkout-sessions',
    { plan: 'starter', success_url: `https://evil.example/${'u'.repeat(1_900)}` },
  ],
] as const)('no answer repeats more than 200 characters of %s', async (_, method, path, body) => {
  const app = await startTestApp()
  const answer = await (await app.call(method, path, body)).text()
  expect(answer.length).toBeLessThan(1_300)
  expect(answer).not.toMatch(/([a-z])\1{200}|(a ){101}/)
})

test('a chunked 413 closes its connection, so that the next request is answered', async () => {
  const app = await startTestApp({ environment: webhooksOnly })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = async (method: string, path: string, body?: Buffer) => {
    const headers = body === undefined ? {} : { ...chunked, ...json, 'stripe-signature': 't=1' }
    const sending = request(`${app.apiUrl}${path}`, { agent, method, headers })
    sending.end(body)
    const [answer] = await once(sending, 'response')
    answer.resume()
    await once(answer, 'end')
    return answer.statusCode
  }
  for (let round = 0; round < 3; round += 1) {
    expect(await ask('POST', '/webhooks/stripe', Buffer.alloc(2_000_000, 'x'))).toBe(413)
    expect(await ask('GET', '/healthz')).toBe(200)
  }
  agent.destroy()
})

test.each([
  ['half a webhook', '/webhooks/stripe', 'content-length: 100\r\n\r\nabc', 20],
  ['half a body of the API', '/v1/campaigns', 'content-length: 100\r\n\r\n{"a', 20],
  ['a torn chunk', '/webhooks/stripe', 'transfer-encoding: chunked\r\n\r\nzz\r\nabc', 0],
  ['an unknown encoding', '/webhooks/stripe', 'transfer-encoding: brotli\r\n\r\nabc', 0],
])('a caller who sends %s and goes away is no failure of ours', async (_, path, body, answered) => {
  const app = await startTestApp()
  for (let each = 0; each < 20; each += 1) await breakOff(app, path, body)
  const readPage = async () => (await fetch(app.metricsUrl)).text()
  await until('all were answered', async () => countOf(await readPage(), '400') >= answered)
  expect(countOf(await readPage(), '5..')).toBe(0)
  expect(app.logLines.filter((line) => line.includes('"level":50'))).toEqual([])
})

/** How many requests were answered with a status, as the metrics tell. */
function countOf(page: string, status: string): number {
  const series = new RegExp(
    `^http_server_request_duration_seconds_count.*="${status}".*} (\\d+)`,
    'gm',
  )
  return [...page.matchAll(series)].reduce((sum, [, count]) => sum + Number(count), 0)
}

test('wrong keys are limited by address with RateLimit headers, and the right key keeps working', async () => {
  const app = await startTestApp({ environment: { API_KEYS: key } })
  const guess = () => app.call('GET', '/v1/totals', undefined, { authorization: 'Bearer wrong' })
  const first = await guess()
  expect(first.status).toBe(401)
  expect(first.headers.get('ratelimit-limit')).toBe('100')
  expect(first.headers.get('ratelimit-remaining')).toBe('99')
  for (let each = 1; each < 100; each += 1) expect((await guess()).status).toBe(401)
  const limited = await guess()
  expect(limited.status).toBe(429)
  expect(limited.headers.get('ratelimit-remaining')).toBe('0')
  expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await limited.json()).toMatchObject({ type: 'urn:countinghouse:problem:rate_limited' })
  expect((await app.call('GET', '/v1/totals', undefined, bearer)).status).toBe(200)
  expect((await app.call('GET', '/readyz')).status).toBe(200)
})

test('a key may send so many requests a minute, each key on its own', async () => {
  const environment = { API_KEYS: `${key},other-${key}`, API_RATE_LIMIT: '3' }
  const app = await startTestApp({ environment })
  const ask = (headers: Record<string, string>) => app.call('GET', '/v1/totals', undefined, headers)
  for (const remaining of ['2', '1', '0']) {
    const answer = await ask(bearer)
    expect([answer.status, answer.headers.get('ratelimit-remaining')]).toEqual([200, remaining])
  }
  expect((await ask(bearer)).status).toBe(429)
  expect((await ask({ authorization: `Bearer other-${key}` })).status).toBe(200)
})

test.each([
  ['its socket, where no proxy is trusted', [], '9.9.9.9', '8.8.8.8', '9.9.9.9'],
  ['the hop that the proxy saw', ['10.0.0.0/8'], '10.1.1.1', '1.1.1.1, 8.8.8.8', '8.8.8.8'],
  ['the hop before all proxies', ['10.0.0.0/8'], '10.1.1.1', '8.8.8.8, 10.2.2.2', '8.8.8.8'],
  ['an IPv4 address in IPv6', ['10.0.0.0/8'], '::ffff:10.1.1.1', '8.8.8.8', '8.8.8.8'],
  ['the proxy, where the hop is no address', ['10.0.0.1'], '10.0.0.1', 'evil', '10.0.0.1'],
  ['the network of IPv6', ['::1'], '::1', '2001:db8:1:2:3::4', '2001:db8:1:2::/64'],
] as const)('a caller is known by %s', (_, proxies, socket, forwardedFor, address) => {
  expect(createAddressOf(proxies)(socket, forwardedFor)).toBe(address)
})

test('a caller who sends half a head is cut off', async () => {
  const app = await startTestApp()
  const socket = connect(portOf(app.apiUrl), '127.0.0.1')
  socket.write('GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nx-')
  socket.resume()
  await once(socket, 'close')
  expect(socket.destroyed).toBe(true)
}, 30_000)
