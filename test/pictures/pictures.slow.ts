import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it, vi } from 'vitest'
import { hasBrowser, openBrowser } from '../support/browser.ts'
import { consoleKeys } from '../support/open-page.ts'
import { startWithQuietChat, yearly } from '../support/quiet-chat.ts'
import { startAppWithStripe, startTestApp, type TestApp } from '../support/start-test-app.ts'
import { testStack } from '../support/test-stack.ts'
import { deliver, eventBody } from '../support/webhooks.ts'
import { differenceFrom, fontsProblem, isTaking } from './compare-pictures.ts'
import { openScene, sendWithWrongSecret } from './open-scene.ts'

const documents = new URL('../../docs/pictures/', import.meta.url).pathname
const bytesMax = 150_000
const schemes = ['light', 'dark'] as const
const sizes = [
  { width: 320, height: 640 },
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
]

/** Replaces what differs from run to run: times, ids, and the plots, whose axis has the day. */
const steady = `
  for (const element of document.querySelectorAll('time')) element.textContent = 'masked'
  for (const element of document.querySelectorAll('code, .code'))
    if (/\\d/.test(element.textContent)) element.textContent = 'masked'
  for (const element of document.querySelectorAll('canvas')) element.style.visibility = 'hidden'
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const { data } = texts.currentNode
    texts.currentNode.data = data.replace(/\\d{4}-\\d{2}-\\d{2}/, '2026-01-01')
  }`

/** Loads a page until it shows something. */
async function showUntil(page: Page, url: string, shown: string): Promise<void> {
  await vi.waitFor(
    async () => {
      await page.goto(url)
      expect(await page.locator(shown).count()).toBe(1)
    },
    { timeout: 90_000, interval: 1_000 },
  )
}

/** The differences of one page in all sizes and schemes; `act` leads on from the page of the URL. */
async function differencesOf(
  page: Page,
  url: string,
  name: string,
  act: () => Promise<void> = async () => undefined,
): Promise<readonly string[]> {
  const found: string[] = []
  for (const colorScheme of schemes)
    for (const size of sizes) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize(size)
      await page.goto(url)
      await act()
      await page.evaluate(steady)
      const taken = await page.screenshot({ animations: 'disabled' })
      found.push(differenceFrom(`${name}-${size.width}-${colorScheme}`, taken) ?? '')
    }
  return found.filter((problem) => problem !== '')
}

/** A browser whose pages stay as they were sent. */
async function openStillPage(): Promise<Page> {
  const browser = await openBrowser(testStack())
  await browser.route(/\/console\/assets\/live-/, (route) => route.abort())
  await browser.route(/\/shop\/payments$/, (route) => route.fulfill({ status: 404 }))
  return browser.newPage()
}

/** The page for the README, with its plots. */
async function takeForDocuments({ apiUrl }: TestApp, page: Page): Promise<void> {
  await page.setViewportSize({ width: 1280, height: 1000 })
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme })
    await page.goto(apiUrl)
    await page.locator('.plot canvas').first().waitFor()
    const taken = await page.screenshot({ animations: 'disabled' })
    writeFileSync(join(documents, `overview-${colorScheme}.png`), taken)
  }
}

const problem = hasBrowser ? fontsProblem() : 'there is no browser here'
if (problem !== undefined) process.stderr.write(`pictures are not compared: ${problem}\n`)

describe.skipIf(problem !== undefined)('pictures of the pages', () => {
  it('overview, facts and trust, green and red, look as committed', async () => {
    const app = await openScene()
    const page = await openStillPage()
    await showUntil(page, app.apiUrl, '.strip dl div:last-child time')
    if (isTaking) await takeForDocuments(app, page)
    const differences = [
      ...(await differencesOf(page, `${app.apiUrl}/`, 'overview')),
      ...(await differencesOf(page, `${app.apiUrl}/facts`, 'facts')),
      ...(await differencesOf(page, `${app.apiUrl}/trust`, 'trust-green')),
    ]
    expect(await page.locator('[data-state="bad"]').count()).toBe(0)
    await sendWithWrongSecret(app)
    await showUntil(page, `${app.apiUrl}/trust`, '[data-state="bad"]')
    differences.push(...(await differencesOf(page, `${app.apiUrl}/trust`, 'trust-red')))
    expect(await page.locator('[data-state="bad"]').count()).toBe(1)
    expect(differences).toEqual([])
  })

  it('an unknown post, the same called sent, its campaign and a form with faults look as committed', async () => {
    const app = await startWithQuietChat()
    await app.syncJobs.runSweep()
    await app.syncJobs.runReconcile()
    const created = await app.call('POST', '/v1/campaigns', yearly)
    const { id } = (await created.json()) as { id: string }
    await app.call('POST', `/v1/campaigns/${id}/posts`)
    const page = await openStillPage()
    const [posts, form] = [`${app.apiUrl}/posts`, `${app.apiUrl}/campaigns/new`]
    await showUntil(page, posts, '#to-posts .bad')
    expect(await page.getByRole('button', { name: /^(Sent|Not sent): / }).count()).toBe(2)
    const differences = [...(await differencesOf(page, posts, 'posts-unknown'))]
    await page.getByRole('button', { name: /^Sent: / }).click()
    await page.getByRole('status').filter({ hasText: 'recorded as sent' }).waitFor()
    await showUntil(page, posts, 'nav:not(:has(#to-posts .bad)) #to-posts')
    expect(await page.getByRole('cell', { name: 'Sent' }).count()).toBe(1)
    differences.push(...(await differencesOf(page, posts, 'posts-sent')))
    differences.push(...(await differencesOf(page, `${app.apiUrl}/campaigns/${id}`, 'campaign')))
    const save = async () => {
      await page.getByLabel('When').fill('daily')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByRole('alert').filter({ hasText: '3 fields' }).waitFor()
    }
    differences.push(...(await differencesOf(page, form, 'campaign-faults', save)))
    expect(differences).toEqual([])
  })

  it('the shop with what was paid, declined and refunded, and its pay page look as committed', async () => {
    const app = await openScene()
    const shopUrl = app.shopUrl ?? ''
    const page = await openStillPage()
    await page.goto(shopUrl)
    for (const text of ['Paid', 'Refunded', / failed: /, 'A part'])
      expect(await page.getByText(text).count()).toBeGreaterThan(0)
    const differences = [...(await differencesOf(page, shopUrl, 'shop'))]
    await page
      .getByRole('button', { name: /starter/i })
      .first()
      .click()
    await page.getByRole('button', { name: /^Pay/ }).waitFor()
    differences.push(...(await differencesOf(page, page.url(), 'pay')))
    expect(differences).toEqual([])
  })

  it('a dead letter with its buttons looks as committed', async () => {
    const app = await startAppWithStripe()
    expect(
      (await deliver(app.apiUrl, eventBody('refund.created', { object: { charge: 7 } }))).status,
    ).toBe(200)
    const page = await openStillPage()
    const letters = `${app.apiUrl}/dead-letters`
    await showUntil(page, letters, '.strip dl div:last-child time')
    for (const name of ['Replay', 'Dismiss'])
      expect(await page.getByRole('button', { name }).count()).toBeGreaterThan(0)
    expect(await differencesOf(page, letters, 'dead-letters')).toEqual([])
  })

  it('signing in looks as committed', async () => {
    const app = await startTestApp({ environment: { API_KEYS: consoleKeys } })
    const page = await openStillPage()
    expect(await differencesOf(page, app.apiUrl, 'sign-in')).toEqual([])
  })

  it.each(schemes)('the %s picture of the README is small', (scheme) => {
    expect(statSync(join(documents, `overview-${scheme}.png`)).size).toBeLessThan(bytesMax)
  })
})
