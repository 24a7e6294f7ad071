import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { sections } from '../../src/console/pages/registry.ts'
import { hasBrowser, openBrowser } from '../support/browser.ts'
import { expectAccessible, watchPage } from '../support/check-page.ts'
import { consoleKeys, operateKey, readKey } from '../support/open-page.ts'
import { startAppWithStripe, startTestApp, type TestApp } from '../support/start-test-app.ts'
import { testStack } from '../support/test-stack.ts'

const started = '[data-series="billing_checkout_started_total{plan=\\"starter\\"}"]'
const paid = '[data-series="billing_payments_total{status=\\"success\\"}"]'

async function openPage(environment = {}) {
  const stack = testStack()
  const app = await startTestApp({ environment }, stack)
  const browser = await openBrowser(stack)
  return { app, page: await browser.newPage() }
}

describe.skipIf(!hasBrowser)('the pages in a browser', () => {
  it.each(['light', 'dark'] as const)(
    'are accessible and quiet in %s, at every width',
    async (scheme) => {
      const { app, page } = await openPage()
      const { faults } = watchPage(page, app.apiUrl)
      await page.emulateMedia({ colorScheme: scheme })
      for (const path of [
        ...sections.map((section) => section.path),
        '/?period=today',
        '/?period=1y',
      ])
        for (const width of [320, 390, 1280]) {
          await page.setViewportSize({ width, height: 800 })
          await page.goto(`${app.apiUrl}${path}`)
          await expectAccessible(page)
        }
      expect(faults).toEqual([])
    },
  )

  it('a key signs in with the keyboard alone, and the form is accessible', async () => {
    const { app, page } = await openPage({ API_KEYS: consoleKeys })
    await page.goto(`${app.apiUrl}/trust`)
    await expectAccessible(page)
    await page.keyboard.type('wrong-key-0123456789')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    await expectAccessible(page)
    await page.keyboard.type(operateKey)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Trust' }).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(new URL(page.url()).hash).toBe('#content')
    await page.getByRole('button', { name: 'Sign out' }).press('Enter')
    await page.getByLabel('API key').waitFor()
  })

  it('a key that may only read sees no button but signing out', async () => {
    const { app, page } = await openPage({ API_KEYS: consoleKeys })
    await page.goto(`${app.apiUrl}/`)
    await page.getByLabel('API key').fill(readKey)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
    expect(await page.getByRole('button').allTextContents()).toEqual(['Sign out'])
  })

  it('a link on another site opens the page for whoever is signed in', async () => {
    const { app, page } = await openPage({ API_KEYS: consoleKeys })
    await page.goto(`${app.apiUrl}/`)
    await page.getByLabel('API key').fill(readKey)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
    await page.goto(`http://localhost:${new URL(app.apiUrl).port}/sign-in`)
    await page.evaluate(`location.href = '${app.apiUrl}/trust?a=1'`)
    await page.getByRole('heading', { level: 1, name: 'Trust' }).waitFor()
    expect(page.url()).toBe(`${app.apiUrl}/trust?a=1`)
  })

  it('a checkout that is started and paid moves the open page without a reload', async () => {
    const { app, page } = await openPage()
    const watching = await page.context().newPage()
    await watching.goto(`${app.apiUrl}/`)
    await watching.evaluate('window.isSame = true')
    await page.goto(`${app.apiUrl}/`)
    await page.getByRole('button', { name: 'Start a checkout for starter' }).click()
    await page.getByRole('button', { name: /^Pay/ }).click()
    await watching.locator(started, { hasText: '1' }).waitFor()
    await watching.locator(paid, { hasText: '1' }).waitFor()
    await watching.getByRole('cell', { name: '$19.00' }).first().waitFor()
    expect(await watching.locator('.plot canvas').count()).toBe(2)
    expect(await watching.evaluate('window.isSame')).toBe(true)
  })

  it('a wrong webhook secret is red on the page of trust, with what to do, and green once it is put right', async () => {
    const stack = testStack()
    const wrong = await startAppWithStripe({
      environment: { STRIPE_WEBHOOK_SECRET: 'whsec_of_another_endpoint' },
    })
    const page = await (await openBrowser(stack)).newPage()
    await page.goto(`${wrong.apiUrl}/trust`)
    const sellTo = async ({ apiUrl, metricsUrl, call }: TestApp): Promise<void> => {
      wrong.emulator.connect({ webhookUrl: `${apiUrl}/webhooks/stripe`, apiUrl, metricsUrl })
      const checkout = await call('POST', '/v1/checkout-sessions', { plan: 'starter' })
      const { url } = z.object({ url: z.url() }).parse(await checkout.json())
      const body = new URLSearchParams({ action: 'pay' })
      await fetch(url, { method: 'POST', redirect: 'manual', body })
    }
    const webhooks = (state: string) =>
      page.locator(`[data-state="${state}"]`, { hasText: 'webhooks' })

    await sellTo(wrong)
    await webhooks('bad').waitFor()
    expect(await webhooks('bad').textContent()).toContain('dashboard.stripe.com/webhooks')
    await wrong.stop()
    const right = await startTestApp({
      folder: wrong.folder,
      environment: { ...wrong.environment, STRIPE_WEBHOOK_SECRET: wrong.emulator.webhookSecret },
    })
    await page.goto(`${right.apiUrl}/trust`)
    await webhooks('bad').waitFor()
    await sellTo(right)
    await webhooks('good').waitFor()
    expect(await webhooks('bad').count()).toBe(0)
  })
})
