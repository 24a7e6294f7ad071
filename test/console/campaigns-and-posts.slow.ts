import { describe, expect, it } from 'vitest'
import { hasBrowser, openBrowser } from '../support/browser.ts'
import { expectAccessible, watchPage } from '../support/check-page.ts'
import { startWithQuietChat, yearly } from '../support/quiet-chat.ts'
import { tabTo } from '../support/tab-to.ts'
import { testStack } from '../support/test-stack.ts'

async function openPages() {
  const stack = testStack()
  const app = await startWithQuietChat({}, stack)
  const browser = await openBrowser(stack)
  const page = await browser.newPage()
  return { app, page, faults: watchPage(page, app.apiUrl).faults }
}

describe.skipIf(!hasBrowser)('campaigns and posts in a browser', () => {
  it('a campaign is created, posted and its unknown post resolved, with the keyboard alone', async () => {
    const { app, page, faults } = await openPages()
    await page.goto(`${app.apiUrl}/campaigns`)
    await tabTo(page, 'link', 'New campaign')
    await page.keyboard.press('Enter')
    await tabTo(page, 'textbox', 'Name')
    await page.keyboard.type('Black Friday')
    await tabTo(page, 'textbox', 'Text')
    await page.keyboard.type('{date}: all for {price:starter}')
    await tabTo(page, 'textbox', 'When')
    await page.keyboard.type('0 0 1 1 *')
    await tabTo(page, 'combobox', 'Channel')
    await page.keyboard.type('chat')
    await tabTo(page, 'button', 'Preview')
    await page.keyboard.press('Enter')
    await page.getByText(/all for \$19\.00/).waitFor()
    await tabTo(page, 'button', 'Save')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Black Friday' }).waitFor()
    await tabTo(page, 'button', 'Post now')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Post' }).waitFor()
    await page.getByRole('status').filter({ hasText: 'Unknown' }).waitFor()
    await tabTo(page, 'button', 'It was sent')
    await page.keyboard.press('Enter')
    await page.getByRole('status').filter({ hasText: 'as sent, and counted' }).waitFor()
    await tabTo(page, 'link', 'Posts')
    await page.keyboard.press('Enter')
    await page.getByRole('cell', { name: 'Sent' }).waitFor()
    expect((await app.counters()).get('marketing_posts_total')).toBe(1)
    expect(faults).toEqual([])
  })

  it('ticked posts stay ticked while the open page follows the service, and Enter resolves none', async () => {
    const { app, page } = await openPages()
    const created = await app.call('POST', '/v1/campaigns', yearly)
    const { id } = (await created.json()) as { id: string }
    const post = () => app.call('POST', `/v1/campaigns/${id}/posts`)
    await post()
    await post()
    await page.goto(`${app.apiUrl}/posts`)
    const box = page.getByRole('checkbox').first()
    await box.focus()
    await page.keyboard.press('Enter')
    await page.getByText('Nothing is changed').waitFor()
    await box.focus()
    await page.keyboard.press('Space')
    await page.getByRole('button', { name: 'Not sent', exact: true }).focus()
    await post()
    await page.getByRole('link', { name: 'Unknown 3' }).waitFor()
    expect(await box.isChecked()).toBe(true)
    await page.keyboard.press('Enter')
    await page.getByText('1 post is recorded as not sent').waitFor()
    await page.getByRole('link', { name: 'Unknown 2' }).waitFor()
  })

  it.each(['light', 'dark'] as const)('are accessible and quiet in %s', async (scheme) => {
    const { app, page, faults } = await openPages()
    await page.emulateMedia({ colorScheme: scheme })
    const created = await app.call('POST', '/v1/campaigns', yearly)
    const { id } = (await created.json()) as { id: string }
    const posted = await app.call('POST', `/v1/campaigns/${id}/posts`)
    const { id: post } = (await posted.json()) as { id: string }
    const own = `/campaigns/${id}`
    const pages = ['/posts', `/posts/${post}`, own, `${own}/change`, `${own}/delete`, '/campaigns']
    for (const width of [320, 390, 1280]) {
      await page.setViewportSize({ width, height: 800 })
      for (const path of [...pages, '/campaigns/new']) {
        await page.goto(`${app.apiUrl}${path}`)
        await expectAccessible(page)
      }
      await page.getByLabel('When').fill('daily')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByRole('alert').filter({ hasText: '3 fields' }).waitFor()
      expect(await page.locator('[aria-invalid]').count()).toBe(3)
      expect(await page.locator(':focus').getAttribute('id')).toBe('name')
      await expectAccessible(page)
      await page.getByLabel('When').fill('0 9 * * *')
      await page.getByLabel('Name').fill('Longest')
      await page.getByLabel('Text').fill('word '.repeat(90))
      await page.getByRole('button', { name: 'Preview' }).click()
      await page.getByRole('heading', { name: 'Preview' }).waitFor()
      await expectAccessible(page)
    }
    // A form that is refused has the status 400, which Chromium logs.
    expect(faults.filter((fault) => !fault.includes('status of 400'))).toEqual([])
  })
})
