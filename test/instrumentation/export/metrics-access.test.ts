import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { resolveConfig } from '../../../src/config/config.ts'
import { createAuthority } from '../../support/certificates.ts'
import { rawRequest } from '../../support/raw-request.ts'
import { startTestApp, webhooksOnly } from '../../support/start-test-app.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const token = 'a-token-of-a-scrape-job'
const login = 'prometheus:pass:word'

function basic(value: string): string {
  return `Basic ${Buffer.from(value).toString('base64')}`
}

test('the metrics ask for a token or a login that is set, and nothing else of it is shown', async () => {
  const { metricsUrl, logLines } = await startTestApp({
    environment: { ...webhooksOnly, METRICS_TOKEN: token, METRICS_BASIC_AUTH: login },
  })
  const answer = (authorization?: string) =>
    fetch(metricsUrl, { headers: authorization === undefined ? {} : { authorization } })
  for (const right of [`Bearer ${token}`, `bearer ${token}`, basic(login)])
    expect((await answer(right)).status).toBe(200)
  for (const wrong of [undefined, `Bearer ${token}x`, token, basic('prometheus:pass'), 'Basic'])
    expect((await answer(wrong)).status).toBe(401)
  const refusal = await answer()
  expect(refusal.headers.get('www-authenticate')).toBe(
    'Bearer realm="metrics", Basic realm="metrics"',
  )
  expect(`${await refusal.text()}${logLines.join('')}`).not.toMatch(/a-token-of|pass:word/)
})

test('the emulator’s shop reads the counters with it', async () => {
  const { shopUrl } = await startTestApp({ environment: { METRICS_TOKEN: token } })
  expect(await (await fetch(`${shopUrl}`)).text()).toContain('billing_payments_total')
})

test('a page is compressed for those who accept it', async () => {
  const { metricsUrl } = await startTestApp({ environment: webhooksOnly })
  for (const [accepted, encoding] of [
    ['gzip', 'gzip'],
    ['deflate, gzip;q=0.5', 'gzip'],
    ['gzip;q=0, identity', undefined],
    ['identity', undefined],
  ] as const) {
    const { headers } = await rawRequest(metricsUrl, 'GET', { 'accept-encoding': accepted })
    expect(headers['content-encoding']).toBe(encoding)
    expect(headers.vary).toBe('accept-encoding')
  }
  const compressed = await fetch(metricsUrl, { headers: { 'accept-encoding': 'gzip' } })
  expect(await compressed.text()).toContain('billing_payments_total{status="success"} 0')
})

test('with a certificate the metrics are served over HTTPS', async () => {
  const authority = createAuthority(temporaryFolder())
  const { certFile, keyFile } = authority.issue('metrics')
  const environment = { METRICS_TLS_CERT_FILE: certFile, METRICS_TLS_KEY_FILE: keyFile }
  const { metricsUrl } = await startTestApp({ environment: { ...webhooksOnly, ...environment } })
  expect(metricsUrl).toMatch(/^https:/)
  const ca = readFileSync(authority.caFile)
  expect((await rawRequest(metricsUrl, 'GET', {}, undefined, ca)).text).toContain(
    'billing_payments_total',
  )
  await expect(rawRequest(metricsUrl, 'GET')).rejects.toThrow(/certificate/)
})

test.each([
  [{ METRICS_TOKEN: 'short' }, /METRICS_TOKEN: give 16/],
  [{ METRICS_BASIC_AUTH: 'short' }, /METRICS_BASIC_AUTH: give user:password/],
  [{ METRICS_TLS_CERT_FILE: '/nowhere' }, /belong together/],
  [
    { METRICS_TLS_CERT_FILE: import.meta.filename, METRICS_TLS_KEY_FILE: import.meta.filename },
    /give a certificate and its key/,
  ],
])('%j is refused, without its value', (environment, message) => {
  expect(() => resolveConfig(environment)).toThrow(message)
  expect(() => resolveConfig(environment)).not.toThrow(/short|nowhere/)
})
