import type { Page } from 'playwright-core'

const pressesMax = 60

/** Presses Tab until the element has the focus, as somebody without a mouse does. */
export async function tabTo(
  page: Page,
  role: 'button' | 'link' | 'textbox' | 'combobox',
  name: string | RegExp,
): Promise<void> {
  const target = page.getByRole(role, { name, exact: true }).first()
  await target.waitFor()
  for (let presses = 0; presses < pressesMax; presses += 1) {
    if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not reach the ${role} ${name}`)
}
