import { describe, expect, it } from 'vitest'
import { hasBrowser, openBrowser } from '../support/browser.ts'
import { watchPage } from '../support/check-page.ts'
import { startTestApp } from '../support/start-test-app.ts'
import { testStack } from '../support/test-stack.ts'

const apiKey = 'a-key-for-the-docs-0123'

describe.skipIf(!hasBrowser)('the description in a browser', () => {
  it('signs in by Authorize and calls an operation, without an error or a request elsewhere', async () => {
    const stack = testStack()
    const app = await startTestApp({ environment: { API_KEYS: apiKey } }, stack)
    const page = await (await openBrowser(stack)).newPage()
    const { faults } = watchPage(page, app.apiUrl)
    await page.goto(`${app.apiUrl}/docs`)
    await page.getByRole('button', { name: 'Authorize' }).first().click()
    await page.getByLabel('auth-bearer-value').fill(apiKey)
    await page.getByRole('button', { name: 'Apply credentials' }).click()
    await page.getByRole('button', { name: 'Close' }).last().click()
    const operation = page.locator('#operations-Ledger-readTotals')
    await operation.locator('button').first().click()
    await operation.getByRole('button', { name: 'Try it out' }).click()
    await operation.getByRole('button', { name: 'Execute' }).click()
    const status = operation.locator('.live-responses-table .response-col_status').last()
    await status.waitFor()
    expect(await status.textContent()).toContain('200')
    expect(faults).toEqual([])
  })
})
