import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { startTestApp } from '../support/start-test-app.ts'

const key = 'a-key-0123456789'
const MiB = 1024 * 1024

/** Opens a connection that reads nothing until it is resumed, and sends the head of a request. */
async function beginRequest(url: string, path: string, headers: Record<string, string>) {
  const { hostname, port } = new URL(url)
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true })
  await once(socket, 'connect')
  const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.write(`POST ${path} HTTP/1.1\r\n${head}\r\n`)
  return socket
}

/** Writes a whole body before it reads, as simple clients do. Returns all that came back. */
async function writeThenRead(
  url: string,
  path: string,
  headers: Record<string, string>,
): Promise<string> {
  const framing =
    headers['transfer-encoding'] === undefined ? { 'content-length': `${4 * MiB}` } : {}
  const socket = await beginRequest(url, path, { ...headers, ...framing })
  const isChunked = headers['transfer-encoding'] !== undefined
  for (let part = 0; part < 4; part += 1) {
    if (isChunked) socket.write(`${MiB.toString(16)}\r\n`)
    const isRoomLeft = socket.write(Buffer.alloc(MiB, 'x'))
    if (isChunked) socket.write('\r\n')
    if (!isRoomLeft) await once(socket, 'drain')
  }
  socket.end(isChunked ? '0\r\n\r\n' : '')
  return text(socket)
}

const chunked = { 'transfer-encoding': 'chunked' }
const bearer = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
const wrong = { authorization: 'Bearer wrong' }

describe('a caller who writes 4 MiB before reading', () => {
  it('gets every refusal of the API and of the webhook, and the connection closes', async () => {
    const app = await startTestApp({ environment: { API_KEYS: key } })
    for (const [status, path, headers] of [
      [401, '/v1/campaigns', {}],
      [401, '/v1/campaigns', { ...wrong, ...chunked }],
      [404, '/none', {}],
      [413, '/v1/campaigns', bearer],
      [413, '/v1/campaigns', { ...bearer, ...chunked }],
      [413, '/webhooks/stripe', {}],
      [413, '/webhooks/stripe', chunked],
    ] as const) {
      const answer = await writeThenRead(app.apiUrl, path, headers)
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
      expect(answer.toLowerCase()).toContain('\r\nconnection: close\r\n')
      expect(answer).toMatch(/"request_id":"[^"]+"}$/)
    }
    expect(app.logLines.filter((line) => line.includes('"level":50'))).toEqual([])
  })

  it.each([
    ['403 of the guard', '/v1/campaigns', { origin: 'https://evil.example' }, 403],
    ['403 of the guard, chunked', '/v1/x', { host: 'evil.example', ...chunked }, 403],
  ])('gets %s without API keys', async (_, path, headers, status) => {
    const app = await startTestApp()
    for (const url of [app.apiUrl, app.shopUrl ?? '', app.metricsUrl])
      expect(await writeThenRead(url, path, headers)).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  })

  it('gets 413 of the emulator', async () => {
    const app = await startTestApp()
    for (const framing of [{}, chunked]) {
      const answer = await writeThenRead(app.shopUrl ?? '', '/v1/payment_intents', framing)
      expect(answer).toMatch(/^HTTP\/1.1 413 /)
      expect(answer).toContain('"invalid_request_error"')
    }
  })

  it('gets 429', async () => {
    const app = await startTestApp({ environment: { API_KEYS: key, API_RATE_LIMIT: '1' } })
    await app.call('GET', '/v1/totals', undefined, bearer)
    expect(await writeThenRead(app.apiUrl, '/v1/campaigns', bearer)).toMatch(/^HTTP\/1.1 429 /)
  })
})

it('a caller who never stops writing is disconnected', async () => {
  const app = await startTestApp({ environment: { API_KEYS: key } })
  const socket = await beginRequest(app.apiUrl, '/v1/campaigns', chunked)
  const closed = new Promise((resolve) => socket.on('close', resolve).on('error', resolve))
  const write = (): void => {
    while (socket.writable && socket.write(`100000\r\n${'x'.repeat(MiB)}\r\n`));
  }
  socket.on('drain', write)
  write()
  await closed
  expect(socket.bytesWritten).toBeGreaterThan(32 * MiB)
  expect(socket.bytesWritten).toBeLessThan(256 * MiB)
})
