import type { Page, Request } from 'playwright-core'
import { expect, it } from 'vitest'
import { hasBrowser, openBrowser } from '../support/browser.ts'
import { startReceiver } from '../support/receiver.ts'
import { startTestApp, type TestApp } from '../support/start-test-app.ts'
import { testStack } from '../support/test-stack.ts'

/** Names that a browser resolves to this machine, as an attacker's name server would. */
const rebinding = ['--host-resolver-rules=MAP *.attacker.test 127.0.0.1']

/** What the attacker wants to move or read. */
function targetsOf(app: TestApp) {
  const post = `${app.apiUrl}/v1/campaigns/campaign_demo/posts`
  return {
    changes: [
      post,
      `${app.apiUrl}/v1/checkout-sessions`,
      `${app.apiUrl}/v1/campaigns`,
      `${app.shopUrl}/shop/checkout`,
      `${app.shopUrl}/emulator/payments`,
      `${app.shopUrl}/emulator/faults`,
      `${app.shopUrl}/v1/payment_intents`,
    ],
    reads: [
      `${app.apiUrl}/v1/totals`,
      `${app.apiUrl}/v1/campaigns`,
      `${app.apiUrl}/openapi.json`,
      app.metricsUrl,
      `${app.shopUrl}/emulator/truth`,
      `${app.shopUrl}/`,
    ],
  }
}

const bodies: readonly (readonly [string, string])[] = [
  ['text/plain', '{"plan":"starter"}'],
  ['application/x-www-form-urlencoded', 'plan=starter&outcome=success&count=5'],
  ['application/json', '{"outcome":"success","count":5,"plan":"starter","name":"n"}'],
]

interface Attempt {
  readonly url: string
  readonly method: string
  readonly mode: 'cors' | 'no-cors'
  readonly type?: string
  readonly body?: string
}

/** Every request that a page may try; returns those whose response it could read, with the response. */
async function tryAll(page: Page, attempts: readonly Attempt[]): Promise<readonly string[]> {
  return page.evaluate(async (all) => {
    const seen: string[] = []
    for (const { url, method, mode, type, body } of all) {
      try {
        const response = await fetch(url, {
          method,
          mode,
          credentials: 'include',
          ...(type === undefined ? {} : { headers: { 'content-type': type } }),
          ...(body === undefined ? {} : { body }),
        })
        const text = await response.text()
        if (response.status < 400 && text !== '')
          seen.push(`${method} ${url}: ${text.slice(0, 80)}`)
      } catch {
        // The browser kept the response from the page.
      }
    }
    return seen
  }, attempts)
}

function attemptsOn(reads: readonly string[], changes: readonly string[]): readonly Attempt[] {
  const modes = ['no-cors', 'cors'] as const
  return modes.flatMap((mode) => [
    ...reads.map((url) => ({ url, method: 'GET', mode })),
    ...changes.flatMap((url) => [
      { url, method: 'POST', mode },
      ...bodies.map(([type, body]) => ({ url, method: 'POST', mode, type, body })),
    ]),
  ])
}

/** Everything that a successful attack would have changed. */
async function stateOf(app: TestApp): Promise<string> {
  const read = async (url: string) => (await fetch(url)).text()
  const paths = ['/v1/campaigns', '/v1/campaigns/campaign_demo/posts', '/v1/facts']
  const texts = await Promise.all([
    ...paths.map((path) => read(`${app.apiUrl}${path}`)),
    read(`${app.shopUrl}/emulator/truth`),
    read(`${app.shopUrl}/emulator/faults`),
  ])
  return texts.join('\n')
}

/** A site of the attacker, whose page is empty but for what a test gives it. */
async function startSite(html: string): Promise<string> {
  const { url } = await startReceiver((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(html)
  })
  return url
}

/** A form with a frame of its own for the response. */
function form(url: string, type: string, index: number): string {
  return `<iframe name="sink${index}"></iframe>
    <form method="post" action="${url}" enctype="${type}" target="sink${index}">
    <input name="plan" value="starter"><input name='{"outcome":"success","count":5,"a":"' value='"}'><button>send</button></form>`
}

/** The service, in which nothing happens by itself. */
async function startQuietApp(): Promise<TestApp> {
  const app = await startTestApp()
  await app.call('PATCH', '/v1/campaigns/campaign_demo', { paused: true })
  return app
}

it.skipIf(!hasBrowser)('a page of another site reads nothing and moves nothing', async () => {
  const app = await startQuietApp()
  const before = await stateOf(app)
  const { reads, changes } = targetsOf(app)
  const types = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']
  const forms = changes
    .flatMap((url) => types.map((type) => [url, type] as const))
    .map(([url, type], index) => form(url, type, index))
  const site = await startSite(forms.join(''))
  const browser = await openBrowser(testStack(), rebinding)
  const page = await browser.newPage()
  const port = new URL(site).port
  for (const origin of [`http://site.attacker.test:${port}`, site]) {
    await page.goto(origin)
    expect(await tryAll(page, attemptsOn(reads, changes))).toEqual([])
    const ends: (number | string)[] = []
    const isPost = (request: Request) => request.method() === 'POST'
    page.on('response', (response) => isPost(response.request()) && ends.push(response.status()))
    page.on('requestfailed', (request) => isPost(request) && ends.push('blocked by the browser'))
    for (let index = 0; index < forms.length; index += 1)
      await page.locator('form').nth(index).locator('button').click()
    await expect.poll(() => ends.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(forms.length)
    expect(ends.filter((end) => end !== 403 && end !== 'blocked by the browser')).toEqual([])
    page.removeAllListeners()
  }
  expect(await stateOf(app)).toBe(before)
})

it.skipIf(!hasBrowser)(
  'a page whose name was rebound to this machine reads nothing and moves nothing',
  async () => {
    const app = await startQuietApp()
    const before = await stateOf(app)
    const { reads, changes } = targetsOf(app)
    const browser = await openBrowser(testStack(), rebinding)
    const page = await browser.newPage()
    for (const target of [app.apiUrl, app.shopUrl ?? '', app.metricsUrl]) {
      const origin = `http://rebound.attacker.test:${new URL(target).port}`
      const answer = await page.goto(`${origin}/healthz`)
      expect([200, 403, 404]).toContain(answer?.status())
      const own = (urls: readonly string[]) =>
        urls
          .filter((url) => new URL(url).origin === new URL(target).origin)
          .map((url) => url.replace(new URL(url).origin, origin))
      expect(await tryAll(page, attemptsOn(own(reads), own(changes)))).toEqual([])
    }
    expect(await stateOf(app)).toBe(before)
  },
)

it.skipIf(!hasBrowser)('no page can be framed, so that nobody clicks a hidden button', async () => {
  const app = await startTestApp()
  const framed = [
    `${app.shopUrl}/`,
    `${app.apiUrl}/checkout/success`,
    `${app.apiUrl}/v1/totals`,
    app.metricsUrl,
  ]
  const frames = framed.map((url) => `<iframe src="${url}"></iframe>`).join('')
  const site = await startSite(frames)
  const browser = await openBrowser(testStack(), rebinding)
  const page = await browser.newPage()
  const refused: string[] = []
  page.on('console', (line) => refused.push(line.text()))
  await page.goto(`http://site.attacker.test:${new URL(site).port}`)
  await expect.poll(() => page.frames().length).toBe(framed.length + 1)
  const texts = await Promise.all(
    page
      .frames()
      .slice(1)
      .map((frame) =>
        frame
          .locator('body')
          .innerText()
          .catch(() => ''),
      ),
  )
  for (const text of texts) expect(text).not.toMatch(/Start checkout|billing_|facts|Thank/i)
  expect(refused.filter((line) => line.includes('frame')).length).toBeGreaterThanOrEqual(
    framed.length,
  )
})
