import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { resolveConfig } from '../../src/config/config.ts'
import { isLoopback } from '../../src/http/loopback.ts'
import { runService } from '../support/run-service.ts'
import { startTestApp } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

async function ask(url: string, agent?: Agent): Promise<IncomingMessage> {
  const [answer] = await once(get(url, { agent }), 'response')
  answer.resume()
  await once(answer, 'end')
  return answer
}

test('an idle connection stays open longer than load balancers keep it, or as long as is set', async () => {
  const agent = new Agent({ keepAlive: true })
  for (const [environment, seconds] of [
    [{}, 75],
    [{ KEEP_ALIVE_TIMEOUT: '620s' }, 620],
  ] as const) {
    const { apiUrl, metricsUrl } = await startTestApp({ environment })
    for (const url of [`${apiUrl}/healthz`, metricsUrl])
      expect((await ask(url, agent)).headers['keep-alive']).toBe(`timeout=${seconds}`)
  }
  agent.destroy()
})

test('at SIGTERM the service is not ready for a while, closes each connection, and answers before it refuses', async () => {
  const service = await runService(temporaryFolder(), { DRAIN_DELAY: '4s' })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  expect((await ask(`${service.apiUrl}/readyz`, agent)).headers.connection).toBe('keep-alive')
  service.child.kill('SIGTERM')
  await expect
    .poll(async () => (await ask(`${service.apiUrl}/readyz`)).statusCode, { timeout: 3_500 })
    .toBe(503)
  const kept = await ask(`${service.apiUrl}/v1/totals`, agent)
  expect(kept.statusCode).toBe(200)
  expect(kept.headers.connection).toBe('close')
  agent.destroy()
  expect(await service.end('SIGKILL')).toBeNull()
})

test('a person who presses Ctrl-C does not wait for load balancers', async () => {
  const service = await runService(temporaryFolder(), {
    DRAIN_DELAY: '20m',
    SHUTDOWN_TIMEOUT: '60m',
  })
  expect(await service.end('SIGINT')).toBe(0)
})

test.each(['/healthz', '/readyz'])(
  'a probe by HTTP/1.0, without a host, is answered at %s',
  async (path) => {
    const { apiUrl } = await startTestApp()
    const socket = connect(Number(new URL(apiUrl).port), '127.0.0.1')
    socket.write(`GET ${path} HTTP/1.0\r\n\r\n`)
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 [\s\S]*connection: close/i)
  },
)

test.each(['[::1]', '::1', '127.0.0.2', 'localhost'])('HOST=%s is a loopback address', (host) => {
  expect(isLoopback(resolveConfig({ HOST: host }).host)).toBe(true)
})

test('another loopback address is listened on without a key', async () => {
  const { apiUrl } = await startTestApp({ environment: { HOST: '127.0.0.2' } })
  expect((await fetch(`${apiUrl}/v1/totals`)).status).toBe(200)
})

test.each([
  ['SHUTDOWN_TIMEOUT', '999999m'],
  ['SHUTDOWN_TIMEOUT', '0s'],
  ['KEEP_ALIVE_TIMEOUT', '35792m'],
  ['DRAIN_DELAY', '35792m'],
])('%s=%s is out of bounds, because timers hold 2^31 ms', (name, value) => {
  expect(() => resolveConfig({ [name]: value })).toThrow(`${name}=${value}: give a duration from`)
})

test('a drain that leaves no time for the stop is refused', () => {
  expect(() => resolveConfig({ DRAIN_DELAY: '6s' })).toThrow(/DRAIN_DELAY is a part of/)
  expect(resolveConfig({ DRAIN_DELAY: '15s', SHUTDOWN_TIMEOUT: '30s' }).drainDelayMs).toBe(15_000)
  expect(resolveConfig({ SHUTDOWN_TIMEOUT: '2s' }).drainDelayMs).toBe(200)
})
