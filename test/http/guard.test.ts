import { describe, expect, it, onTestFinished } from 'vitest'
import { guardMetrics } from '../../src/app/servers.ts'
import { resolveConfig } from '../../src/config/config.ts'
import { listen } from '../../src/http/server.ts'
import { rawRequest } from '../support/raw-request.ts'
import { startTestApp, type TestApp } from '../support/start-test-app.ts'

const campaign = JSON.stringify({
  name: 'n',
  messages: ['x'],
  cron: '0 0 1 1 *',
  channel: 'console',
})
const json = { 'content-type': 'application/json' }
const postNow = '/v1/campaigns/campaign_demo/posts'

function portOf(url: string): string {
  return new URL(url).port
}

async function campaignsOf(app: TestApp): Promise<number> {
  const answer = await app.call('GET', '/v1/campaigns')
  return JSON.parse(await answer.text()).data.length
}

describe('without API keys', () => {
  it('a page that points its own name here reads and changes nothing, even with a bearer', async () => {
    const app = await startTestApp()
    const host = `evil.example:${portOf(app.apiUrl)}`
    const rebound = { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }
    for (const more of [{}, { authorization: 'Bearer anything' }]) {
      const headers = { ...rebound, ...json, ...more }
      expect((await rawRequest(`${app.apiUrl}/v1/totals`, 'GET', headers)).status).toBe(403)
      expect(
        (await rawRequest(`${app.apiUrl}/v1/campaigns`, 'POST', headers, campaign)).status,
      ).toBe(403)
      expect((await rawRequest(`${app.shopUrl}/v1/checkout/sessions`, 'GET', headers)).status).toBe(
        403,
      )
      expect((await rawRequest(`${app.shopUrl}/emulator/truth`, 'GET', headers)).status).toBe(403)
      expect((await rawRequest(app.metricsUrl, 'GET', headers)).status).toBe(403)
    }
    expect(await campaignsOf(app)).toBe(1)
  })

  it.each([
    ['an Origin', { origin: 'https://evil.example' }],
    ['an opaque Origin', { origin: 'null' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['a Sec-Fetch-Site', { 'sec-fetch-site': 'cross-site' }],
    ['the same site', { 'sec-fetch-site': 'same-site' }],
    ['credentials in the address', { origin: 'https://evil.example', authorization: 'Basic c2s6' }],
  ])('a change by %s of another page is refused, whatever its content type', async (_, foreign) => {
    const app = await startTestApp()
    for (const type of [{}, json, { 'content-type': 'text/plain' }]) {
      const headers = { ...foreign, ...type }
      expect((await rawRequest(`${app.apiUrl}${postNow}`, 'POST', headers)).status).toBe(403)
      for (const path of ['/shop/checkout', '/emulator/payments', '/v1/payment_intents'])
        expect((await rawRequest(`${app.shopUrl}${path}`, 'POST', headers)).status).toBe(403)
    }
    expect((await app.counters()).get('marketing_posts_total')).toBe(0)
  })

  it('a program without Origin, and a page of our own, may post without a body', async () => {
    const app = await startTestApp()
    const own = { origin: app.apiUrl, 'sec-fetch-site': 'same-origin' }
    for (const headers of [{}, own, { 'sec-fetch-site': 'none' }])
      expect((await rawRequest(`${app.apiUrl}${postNow}`, 'POST', headers)).status).toBe(201)
  })

  it.each(['localhost', '127.0.0.1', '127.0.0.2', '[::1]', 'shop.localhost', 'PAY.example'])(
    'the name %s is ours',
    async (name) => {
      const app = await startTestApp({ environment: { PUBLIC_URL: 'https://pay.example' } })
      for (const url of [`${app.apiUrl}/v1/totals`, app.metricsUrl])
        expect((await rawRequest(url, 'GET', { host: `${name}:${portOf(url)}` })).status).toBe(200)
    },
  )

  it('probes and webhooks come by any name', async () => {
    const app = await startTestApp()
    const headers = { host: 'pod-1.example', origin: 'https://evil.example' }
    expect((await rawRequest(`${app.apiUrl}/healthz`, 'GET', headers)).status).toBe(200)
    expect((await rawRequest(`${app.apiUrl}/readyz`, 'GET', headers)).status).toBe(200)
    const webhook = await rawRequest(`${app.apiUrl}/webhooks/stripe`, 'POST', headers, '{}')
    expect(webhook.text).toContain('invalid_signature')
  })
})

it('with API keys the key alone decides, by whatever name the service is called', async () => {
  const app = await startTestApp({ environment: { API_KEYS: 'a-key-0123456789' } })
  const headers = { host: 'pay.example', authorization: 'Bearer a-key-0123456789' }
  expect((await rawRequest(`${app.apiUrl}${postNow}`, 'POST', headers)).status).toBe(201)
})

it('a /metrics that is bound beyond loopback answers by any name', async () => {
  const config = resolveConfig({ OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0' })
  const scrape = guardMetrics(config, () => new Response('page'))
  const headers = { host: 'countinghouse.monitoring.svc' }
  const address = { name: 'the test', portSetting: 'none', host: '127.0.0.1', port: 0 }
  const server = await listen(scrape, address)
  onTestFinished(() => server.stop(0))
  expect((await rawRequest(`${server.url}/metrics`, 'GET', headers)).status).toBe(200)
})
