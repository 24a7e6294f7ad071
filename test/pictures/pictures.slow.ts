import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it, vi } from 'vitest'
import { hasBrowser, openBrowser } from '../support/browser.ts'
import { consoleKeys } from '../support/open-page.ts'
import { startTestApp, type TestApp } from '../support/start-test-app.ts'
import { testStack } from '../support/test-stack.ts'
import { differenceFrom, fontsProblem, isTaking } from './compare-pictures.ts'
import { openScene, sendWithWrongSecret } from './open-scene.ts'

const documents = new URL('../../docs/pictures/', import.meta.url).pathname
const bytesMax = 150_000
const schemes = ['light', 'dark'] as const
const sizes = [
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
    texts.currentNode.data = data.replace(/\\d{4}-\\d{2}-\\d{2}T[\\d:.]+Z/, '2026-01-01T00:00:00.000Z')
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

/** The differences of one page in both sizes and schemes. */
async function differencesOf(page: Page, url: string, name: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const colorScheme of schemes)
    for (const size of sizes) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize(size)
      await page.goto(url)
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

  it('signing in looks as committed', async () => {
    const app = await startTestApp({ environment: { API_KEYS: consoleKeys } })
    const page = await openStillPage()
    expect(await differencesOf(page, app.apiUrl, 'sign-in')).toEqual([])
  })

  it.each(schemes)('the %s picture of the README is small', (scheme) => {
    expect(statSync(join(documents, `overview-${scheme}.png`)).size).toBeLessThan(bytesMax)
  })
})
