import type { HttpBindings } from '@hono/node-server'
import { expect, onTestFinished, test } from 'vitest'
import { withSecureHeaders } from '../../src/http/secure-headers.ts'
import { listen } from '../../src/http/server.ts'
import { createStartupGate } from '../../src/http/startup-gate.ts'
import { inlineStyleHashes } from '../support/inline-styles.ts'

const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

/** A server whose ledger is still being opened. */
async function openGate() {
  const gate = createStartupGate()
  const fetchGate = (request: Request, env: HttpBindings) => gate.fetch(request, env)
  const server = await listen(withSecureHeaders(fetchGate, []), {
    name: 'the API',
    portSetting: 'PORT',
    host: '127.0.0.1',
    port: 0,
    keepAliveTimeoutMs: 1_000,
  })
  onTestFinished(() => server.stop(1_000))
  return { gate, url: server.url }
}

test('while the service starts, a browser gets a page that says so and tries again, until the real one is there', async () => {
  const { gate, url } = await openGate()
  const waiting = await fetch(`${url}/`, { headers: html })
  expect(waiting.status).toBe(503)
  const page = await waiting.text()
  expect(page).toContain('The service is starting')
  expect(page).toContain('<meta http-equiv="refresh" content="2">')
  gate.open(() => new Response('the real page'))
  expect(await (await fetch(`${url}/`, { headers: html })).text()).toBe('the real page')
})

test('its only style is allowed by its hash, and it may do nothing else', async () => {
  const { url } = await openGate()
  const answer = await fetch(`${url}/trust`, { headers: html })
  const policy = answer.headers.get('content-security-policy') ?? ''
  const [hash = 'no style', ...others] = inlineStyleHashes(await answer.text())
  expect(others).toEqual([])
  expect(policy).toContain(`style-src ${hash};`)
  expect(policy).toContain("default-src 'none'")
})

test('a program gets a problem document, and /healthz says that the process is alive', async () => {
  const { url } = await openGate()
  for (const [path, init] of [
    ['/v1/totals', {}],
    ['/metrics', { headers: { accept: 'application/openmetrics-text;version=1.0.0,*/*;q=0.1' } }],
    ['/webhooks/stripe', { method: 'POST', body: '{}', headers: html }],
  ] as const) {
    const answer = await fetch(`${url}${path}`, init)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await answer.json()).toMatchObject({ type: 'urn:countinghouse:problem:not_ready' })
  }
  expect((await fetch(`${url}/healthz`, { headers: html })).status).toBe(200)
})
