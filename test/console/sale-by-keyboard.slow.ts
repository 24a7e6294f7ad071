import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { hasBrowser, openBrowser } from '../support/browser.ts'
import { watchPage } from '../support/check-page.ts'
import { consoleKeys, operateKey } from '../support/open-page.ts'
import { startTestApp } from '../support/start-test-app.ts'
import { tabTo } from '../support/tab-to.ts'
import { testStack } from '../support/test-stack.ts'

/** Waits until the page shows a payment counter with this value. */
async function showsPayments(page: Page, status: string, count: number): Promise<void> {
  const series = `[data-series='billing_payments_total{status="${status}"}']`
  await page.locator(series, { hasText: new RegExp(`^${count}$`) }).waitFor()
}

/** The numbers of the plot of the funnel, added up by line. */
async function plotted(page: Page): Promise<unknown> {
  return page.evaluate(`Object.fromEntries(
    JSON.parse(document.querySelector('[data-plot]').dataset.plot).lines.map(({ name, values }) =>
      [name, values.reduce((sum, value) => sum + value, 0)]))`)
}

describe.skipIf(!hasBrowser)('a sale with the keyboard alone', () => {
  it('a checkout is started, declined, paid and refunded, and open pages show each step without a reload', async () => {
    const stack = testStack()
    const app = await startTestApp({ environment: { API_KEYS: consoleKeys } }, stack)
    const browser = await openBrowser(stack)
    const page = await browser.newPage()
    await page.goto(`${app.apiUrl}/`)
    await page.keyboard.type(operateKey)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
    const [overview, facts] = [await browser.newPage(), await browser.newPage()]
    const watched = [overview, facts].map((one) => watchPage(one, app.apiUrl))
    await overview.goto(`${app.apiUrl}/`)
    await facts.goto(`${app.apiUrl}/facts`)
    for (const one of [overview, facts]) await one.evaluate('window.isSame = true')
    const shows = (prefix: string) =>
      facts.getByRole('link', { name: new RegExp(`^${prefix}`) }).waitFor()

    await page.bringToFront()
    await tabTo(page, 'button', 'Start a checkout for starter')
    await page.keyboard.press('Enter')
    await tabTo(page, 'button', 'Decline card')
    await page.keyboard.press('Enter')
    await showsPayments(overview, 'failed', 1)
    await shows('payment:failed:')

    await tabTo(page, 'button', 'Pay $19.00')
    await page.keyboard.press('Enter')
    await showsPayments(overview, 'success', 1)
    await shows('payment:success:')
    await overview.getByRole('cell', { name: '$19.00' }).first().waitFor()

    await page.goto(app.shopUrl ?? '')
    await tabTo(page, 'button', /^Refund (?!a part)/)
    await page.keyboard.press('Enter')
    await showsPayments(overview, 'refunded', 1)
    await shows('payment:refunded:')
    await expect
      .poll(() => plotted(overview))
      .toEqual({
        'Checkouts started': 1,
        'Payments succeeded': 1,
        'Attempts failed': 1,
        Refunded: 1,
      })
    for (const one of [overview, facts]) expect(await one.evaluate('window.isSame')).toBe(true)
    expect(watched.flatMap(({ faults }) => faults)).toEqual([])
  })
})
