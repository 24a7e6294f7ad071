import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { z } from 'zod'

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

const violations = z.array(z.object({ id: z.string(), nodes: z.array(z.string()) }))

/** Fails for any violation of axe, whatever its impact, and for a page that is wider than the window. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe)
  const found: unknown = await page.evaluate(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) })))',
  )
  expect(violations.parse(found)).toEqual([])
  const overflow = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  expect(overflow).toBe(0)
}

/** Collects what a page must not do: errors in its console, and requests to other origins. */
export function watchPage(page: Page, origin: string): { readonly faults: readonly string[] } {
  const faults: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) faults.push(request.url())
  })
  return { faults }
}
