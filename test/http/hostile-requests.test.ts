import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { startTestApp } from '../support/start-test-app.ts'

/** Sends bytes as they are; returns everything that came back until the server closed. */
async function send(url: string, bytes: string): Promise<string> {
  const { port, hostname } = new URL(url)
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true })
  await once(socket, 'connect')
  socket.end(bytes, 'latin1')
  return text(socket)
}

const ok = 'host: 127.0.0.1\r\n'
const end = 'connection: close\r\n\r\n'
const pair = 'content-length: 4\r\ntransfer-encoding: chunked\r\n'
const flood = Array.from({ length: 5_000 }, (_, each) => `x-${each}: 1\r\n`).join('')

/** Requests that two parsers may read differently, and others that no client sends. */
const hostile: readonly (readonly [string, string])[] = [
  [
    'both lengths',
    `POST /v1/totals HTTP/1.1\r\n${ok}${pair}\r\n0\r\n\r\nGET /v1/totals HTTP/1.1\r\n`,
  ],
  [
    'two lengths',
    `POST /v1/totals HTTP/1.1\r\n${ok}content-length: 0\r\ncontent-length: 5\r\n\r\nabcde`,
  ],
  ['a signed length', `POST /v1/totals HTTP/1.1\r\n${ok}content-length: +5\r\n\r\nabcde`],
  ['a negative length', `POST /v1/totals HTTP/1.1\r\n${ok}content-length: -1\r\n\r\n`],
  ['a list of lengths', `POST /v1/totals HTTP/1.1\r\n${ok}content-length: 5, 5\r\n\r\nabcde`],
  [
    'an obscured encoding',
    `POST /v1/totals HTTP/1.1\r\n${ok}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`,
  ],
  [
    'chunked twice',
    `POST /v1/totals HTTP/1.1\r\n${ok}transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n`,
  ],
  [
    'chunked not last',
    `POST /v1/totals HTTP/1.1\r\n${ok}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
  ],
  [
    'a space before the colon',
    `POST /v1/totals HTTP/1.1\r\n${ok}transfer-encoding : chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['a folded header', `GET /v1/totals HTTP/1.1\r\n${ok}x-a: b\r\n c\r\n${end}`],
  ['a bare line feed', `GET /v1/totals HTTP/1.1\n${ok}\n`],
  [
    'a huge chunk',
    `POST /v1/totals HTTP/1.1\r\n${ok}transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\nabc`,
  ],
  ['two hosts', `GET /v1/totals HTTP/1.1\r\n${ok}host: evil.example\r\n${end}`],
  ['no host', `GET /v1/totals HTTP/1.1\r\n${end}`],
  ['an empty host', `GET /v1/totals HTTP/1.1\r\nhost:\r\n${end}`],
  ['a host with a login', `GET /v1/totals HTTP/1.1\r\nhost: 127.0.0.1@evil.example\r\n${end}`],
  ['a login before a host', `GET /v1/totals HTTP/1.1\r\nhost: evil.example@127.0.0.1\r\n${end}`],
  ['a host with a path', `GET /v1/totals HTTP/1.1\r\nhost: 127.0.0.1/evil.example\r\n${end}`],
  ['a host in a list', `GET /v1/totals HTTP/1.1\r\nhost: 127.0.0.1, evil.example\r\n${end}`],
  ['an address with a zone', `GET /v1/totals HTTP/1.1\r\nhost: [::1%25eth0]\r\n${end}`],
  [
    'an absolute target',
    `GET http://evil.example/v1/totals HTTP/1.1\r\nhost: evil.example\r\n${end}`,
  ],
  [
    'an absolute target with dots',
    `GET http://evil.example/../v1/totals HTTP/1.1\r\nhost: evil.example\r\n${end}`,
  ],
  ['a target of another scheme', `GET file:///etc/passwd HTTP/1.1\r\n${ok}${end}`],
  ['a target without a slash', `GET v1/totals HTTP/1.1\r\n${ok}${end}`],
  ['a star', `OPTIONS * HTTP/1.1\r\n${ok}${end}`],
  ['a tunnel', `CONNECT evil.example:443 HTTP/1.1\r\n${ok}${end}`],
  ['an upgrade', `GET /v1/none HTTP/1.1\r\n${ok}connection: upgrade\r\nupgrade: websocket\r\n\r\n`],
  ['a method nobody knows', `FOO /v1/totals HTTP/1.1\r\n${ok}${end}`],
  ['a trace', `TRACE /v1/totals HTTP/1.1\r\n${ok}x-canary: secret-canary\r\n${end}`],
  ['a zero byte', `GET /v1/campaigns/%00 HTTP/1.1\r\n${ok}${end}`],
  ['a raw zero byte', `GET /v1/campaigns/\0 HTTP/1.1\r\n${ok}${end}`],
  ['no UTF-8', `GET /v1/campaigns/%ff%fe HTTP/1.1\r\n${ok}${end}`],
  ['half an escape', `GET /v1/campaigns/%2 HTTP/1.1\r\n${ok}${end}`],
  ['dots and escaped slashes', `GET /v1/..%2f..%2fetc/passwd HTTP/1.1\r\n${ok}${end}`],
  ['a backslash', `GET /v1\\..\\none HTTP/1.1\r\n${ok}${end}`],
  ['a long target', `GET /${'a'.repeat(40_000)} HTTP/1.1\r\n${ok}${end}`],
  ['a long cookie', `GET /v1/none HTTP/1.1\r\n${ok}cookie: ${'a=b; '.repeat(8_000)}\r\n${end}`],
  ['many headers', `GET /v1/none HTTP/1.1\r\n${ok}${flood}${end}`],
  [
    'two keys',
    `GET /v1/none HTTP/1.1\r\n${ok}authorization: Bearer a\r\nauthorization: Bearer b\r\n${end}`,
  ],
  ['HTTP/0.9', `GET /\r\n`],
  ['HTTP/2', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
]

describe('hostile requests', () => {
  it('are answered with 4xx or nothing, on the API, the metrics and the emulator', async () => {
    const app = await startTestApp()
    const wrong: string[] = []
    for (const url of [app.apiUrl, app.metricsUrl, app.shopUrl ?? ''])
      for (const [name, bytes] of hostile) {
        const answer = await send(url, bytes)
        const statuses = [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => status)
        const isFine = statuses.every((status) => /^4/.test(status ?? ''))
        if (!isFine || /secret-canary|evil\.example\/v1|billing_/.test(answer))
          wrong.push(`${url} ${name}: ${statuses.join(', ')} ${answer.slice(-100)}`)
      }
    expect(wrong).toEqual([])
    expect(app.logLines.filter((line) => line.includes('"level":50'))).toEqual([])
    expect((await app.call('GET', '/healthz')).status).toBe(200)
  })

  it.each(['HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'PROPFIND'])(
    '%s of every path of the description reveals nothing and moves nothing without a key',
    async (method) => {
      const app = await startTestApp({ environment: { API_KEYS: 'a-key-0123456789' } })
      const { paths } = JSON.parse(await (await app.call('GET', '/openapi.json')).text())
      for (const path of Object.keys(paths).filter((one) => one.startsWith('/v1/'))) {
        const target = path.replaceAll(/\{\w+\}/g, 'x')
        const answer = await send(app.apiUrl, `${method} ${target} HTTP/1.1\r\n${ok}${end}`)
        expect([path, answer.slice(0, 12)]).toEqual([path, 'HTTP/1.1 401'])
        expect(answer.toLowerCase()).not.toContain('access-control-')
      }
    },
  )
})
