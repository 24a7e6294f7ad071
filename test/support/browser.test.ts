import { expect, test } from 'vitest'
import { hasBrowser, openBrowser } from './browser.ts'
import { startTestApp } from './start-test-app.ts'
import { testStack } from './test-stack.ts'

test.skipIf(!hasBrowser)(
  'a person opens the shop, buys a plan, comes back and sees the counters moved, then refunds',
  async () => {
    const app = await startTestApp()
    const browser = await openBrowser(testStack())
    const page = await browser.newPage()
    const shows = (series: string, value: string) =>
      page.locator(`[data-series="${series}"] dd`, { hasText: new RegExp(`^${value}$`) }).waitFor()

    await page.goto(app.shopUrl ?? '')
    await shows('billing_checkout_started_total:professional', '0')
    await page.getByRole('button', { name: 'Start checkout for Professional' }).click()
    await page.getByRole('button', { name: 'Decline' }).click()
    await page.getByRole('button', { name: /^Pay/ }).click()
    await page.waitForURL(`${app.shopUrl}/?checkout=paid**`)
    await shows('billing_checkout_started_total:professional', '1')
    await shows('billing_payments_total:success', '1')
    await shows('billing_payments_total:failed', '1')
    await page
      .getByRole('button', { name: /refund/i })
      .first()
      .click()
    await shows('billing_payments_total:refunded', '1')
    expect((await app.counters()).get('billing_payments_total{status="refunded"}')).toBe(1)
  },
)
