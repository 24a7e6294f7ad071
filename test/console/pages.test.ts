import { expect, test, vi } from 'vitest'
import { consoleKeys, cookieOf, operateKey, ownForm, readKey } from '../support/open-page.ts'
import { rawRequest } from '../support/raw-request.ts'
import { startTestApp } from '../support/start-test-app.ts'

const withKeys = { environment: { API_KEYS: consoleKeys } }

test('a form starts a checkout, and the page shows the counter that moved', async () => {
  const app = await startTestApp()
  const started = await rawRequest(
    `${app.apiUrl}/try-it`,
    'POST',
    ownForm(app.apiUrl),
    'plan=starter',
  )
  expect(started.status).toBe(303)
  expect(started.headers.location).toContain(`${app.shopUrl}/pay/cs_test_`)
  const page = await rawRequest(`${app.apiUrl}/`, 'GET')
  expect(page.text).toContain(
    'data-series="billing_checkout_started_total{plan=&quot;starter&quot;}">1<',
  )
})

test('a key that may only read sees the page without buttons, and its POST is refused', async () => {
  const app = await startTestApp(withKeys)
  const cookie = await cookieOf(app.apiUrl, readKey)
  const page = await rawRequest(`${app.apiUrl}/`, 'GET', { cookie })
  expect(page.status).toBe(200)
  expect(page.text).not.toContain('action="/try-it"')
  const headers = { ...ownForm(app.apiUrl), cookie }
  const refused = await rawRequest(`${app.apiUrl}/try-it`, 'POST', headers, 'plan=starter')
  expect(refused.status).toBe(403)
  expect(refused.text).toContain('may only read')
  expect((await app.counters()).get('billing_checkout_started_total{plan="starter"}')).toBe(0)
})

test('the audit log names the key of who changed something', async () => {
  const app = await startTestApp(withKeys)
  const cookie = await cookieOf(app.apiUrl, operateKey)
  const headers = { ...ownForm(app.apiUrl), cookie }
  await rawRequest(`${app.apiUrl}/try-it`, 'POST', headers, 'plan=starter')
  const audits = app.logLines.filter((line) => line.includes('"audit"'))
  expect(audits.map((line) => JSON.parse(line).audit)).toEqual([
    { key: 'shop', method: 'POST', path: '/try-it', status: 303, requestId: expect.any(String) },
  ])
})

test.each([{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'same-site' }])(
  'a form of another page (%j) changes nothing, even with the cookie',
  async (foreign) => {
    const app = await startTestApp(withKeys)
    const cookie = await cookieOf(app.apiUrl, operateKey)
    const headers = { ...ownForm(app.apiUrl), cookie, ...foreign }
    const refused = await rawRequest(`${app.apiUrl}/try-it`, 'POST', headers, 'plan=starter')
    expect(refused.status).toBe(403)
    expect((await app.counters()).get('billing_checkout_started_total{plan="starter"}')).toBe(0)
  },
)

test('an action without a session is refused, and so is a session called by a foreign name', async () => {
  const app = await startTestApp(withKeys)
  const form = ownForm(app.apiUrl)
  expect((await rawRequest(`${app.apiUrl}/try-it`, 'POST', form, 'plan=starter')).status).toBe(403)
  const cookie = await cookieOf(app.apiUrl, operateKey)
  const rebound = await rawRequest(`${app.apiUrl}/`, 'GET', { cookie, host: 'evil.example' })
  expect(rebound.status).toBe(403)
})

test('everything of a page comes from its own origin, and is kept by browsers for ever', async () => {
  const app = await startTestApp()
  const page = await fetch(`${app.apiUrl}/`)
  expect(page.headers.get('content-security-policy')).toMatch(
    /default-src 'none'; script-src 'self'/,
  )
  expect(page.headers.get('cache-control')).toBe('no-store')
  const text = await page.text()
  expect(text).not.toMatch(/<style|<script>|style="|onclick|src="http|<link[^>]*"http/)
  const urls = [...text.matchAll(/(?:src|href)="(\/console\/assets\/[^"]+)"/g)].map(
    ([, url]) => url,
  )
  expect(urls.length).toBeGreaterThan(2)
  for (const url of urls) {
    const asset = await fetch(`${app.apiUrl}${url}`)
    expect(asset.headers.get('cache-control')).toContain('immutable')
    const etag = asset.headers.get('etag') ?? ''
    const again = await fetch(`${app.apiUrl}${url}`, { headers: { 'if-none-match': etag } })
    expect(again.status).toBe(304)
  }
})

test('an open page learns of each change, and a stop ends it first', async () => {
  const app = await startTestApp()
  const events = await fetch(`${app.apiUrl}/console/events`)
  expect(events.headers.get('content-type')).toBe('text/event-stream')
  const received: string[] = []
  const ended = (async () => {
    for await (const text of events.body?.pipeThrough(new TextDecoderStream()) ?? [])
      received.push(text)
  })()
  await vi.waitFor(() => expect(received.join('')).toContain('event: state'), 20_000)
  await rawRequest(`${app.apiUrl}/try-it`, 'POST', ownForm(app.apiUrl), 'plan=starter')
  const moved = '"counter":"billing_checkout_started_total","label":"starter","total":1'
  await vi.waitFor(() => expect(received.join('')).toContain(moved), 20_000)
  await app.stop()
  await ended
})

test('the overview shows the period of the URL: rates, money by currency and plans', async () => {
  const app = await startTestApp()
  for (const action of ['pay', 'decline']) {
    const form = ownForm(app.apiUrl)
    const { headers } = await rawRequest(`${app.apiUrl}/try-it`, 'POST', form, 'plan=starter')
    await fetch(headers.location ?? '', {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ action }),
    })
  }
  await vi.waitFor(async () => {
    const { text } = await rawRequest(`${app.apiUrl}/?period=24h`, 'GET')
    expect(text).toMatch(/<dt>Success rate<\/dt><dd>50\.0 %/)
    expect(text).toMatch(/<dt>Checkouts started<\/dt><dd>2/)
  }, 20_000)
  const { text } = await rawRequest(`${app.apiUrl}/?period=24h`, 'GET')
  expect(text).toContain('<a href="/?period=24h" aria-current="true">24 h</a>')
  expect(text).toMatch(/<th scope="row">USD<\/th>\s*<td class="number">\$19\.00<\/td>/)
  expect(text).toMatch(/<th scope="row">starter<\/th><td class="number">2<\/td>/)
  expect(text).toContain('<table>\n<caption class="hidden">Funnel by interval')
})

test('a first load is below 100 kB over the wire', async () => {
  const app = await startTestApp()
  const page = await fetch(`${app.apiUrl}/`)
  const text = await page.text()
  const urls = [...text.matchAll(/(?:src|href)="(\/console\/assets\/[^"]+)"/g)].map(
    ([, url]) => url,
  )
  let bytes = Buffer.byteLength(text)
  for (const url of new Set(urls)) {
    const headers = { 'accept-encoding': 'gzip' }
    const { headers: sent } = await rawRequest(`${app.apiUrl}${url}`, 'HEAD', headers)
    bytes += Number(sent['content-length'])
  }
  expect(bytes).toBeGreaterThan(30_000)
  expect(bytes).toBeLessThan(100_000)
})

test('a failure is a page with the navigation, its status and no details of ours', async () => {
  const app = await startTestApp()
  const form = ownForm(app.apiUrl)
  const unknown = await rawRequest(`${app.apiUrl}/try-it`, 'POST', form, 'plan=none')
  expect(unknown.status).toBe(400)
  expect(unknown.headers['content-type']).toContain('text/html')
  expect(unknown.text).toContain('there is no plan &quot;none&quot;')
  expect(unknown.text).toContain('<nav aria-label="Pages"')
})
