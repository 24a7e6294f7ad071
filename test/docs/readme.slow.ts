import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it, vi } from 'vitest'
import { hasBrowser, openBrowser } from '../support/browser.ts'
import { type Running, run } from '../support/run-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStack } from '../support/test-stack.ts'

const root = new URL('../..', import.meta.url).pathname
const documented = 'http://127.0.0.1:3000'
const freePorts = { PORT: '0', EMULATOR_PORT: '0', OTEL_EXPORTER_PROMETHEUS_PORT: '0' }

/** The commands of the README's fenced shell blocks, in order. */
function commandsOf(markdown: string): readonly string[] {
  const blocks = [...markdown.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = '']) => block)
  return blocks.flatMap((block) => block.trim().split(/(?<!\\)\n/))
}

/** This machine's programs without ours: no Node but the one that is installed. */
function ownPath(): string {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.filter((folder) => !folder.includes('node_modules')).join(delimiter)
}

/** A clone of the last commit, and a shell in it whose home is empty. */
function openClone(stack: AsyncDisposableStack) {
  const folder = temporaryFolder(stack)
  const clone = join(folder, 'countinghouse')
  const home = join(folder, 'home')
  mkdirSync(home)
  execFileSync('git', ['clone', '--quiet', '--no-hardlinks', root, clone])
  const environment = { ...freePorts, HOME: home, PATH: ownPath() }
  const type = (command: string): Running =>
    run(stack, { command: 'bash', args: ['-c', `exec ${command}`], folder: clone, environment })
  return { readme: readFileSync(join(clone, 'README.md'), 'utf8'), type }
}

/** The first address that the service prints, and the one of its API. */
async function linksOf(service: Running): Promise<{ first: string; api: string }> {
  const printed = await vi.waitFor(
    () => {
      const text = service.errorText()
      expect(text).toMatch(/^ +metrics +http/m)
      return text
    },
    { timeout: 60_000, interval: 200 },
  )
  const [first = ''] = printed.match(/http:\S+/) ?? []
  return { first, api: printed.match(/^ +API +(http:\S+)/m)?.[1] ?? '' }
}

/** What a visitor does: choose the first plan and pay it, until the counter has moved. */
async function buy(page: Page, link: string): Promise<void> {
  await page.goto(link)
  await page.getByRole('button', { name: 'Start checkout for Starter' }).click()
  await page.getByRole('button', { name: /^Pay/ }).click()
  const success = page.locator('[data-series="billing_payments_total:success"]')
  await success.getByText('1', { exact: true }).waitFor()
}

describe.skipIf(!hasBrowser)('a newcomer', () => {
  it('types the commands of the README in an empty home and moves the first counter', async () => {
    const stack = testStack()
    const { readme, type } = openClone(stack)
    const commands = commandsOf(readme)
    expect(commands.slice(0, 2)).toEqual(['npm ci', 'npm start'])
    const [install = '', start = '', ...others] = commands
    const installed = type(install)
    expect(await installed.exited, installed.errorText()).toBe(0)
    const service = type(start)
    // `npm` ends its child by this signal alone.
    stack.defer(async () => void (await service.end('SIGTERM')))
    const { first, api } = await linksOf(service)
    await buy(await (await openBrowser(stack)).newPage(), first)
    expect(others.length).toBeGreaterThan(0)
    for (const command of others) {
      const typed = type(command.replace(documented, api))
      expect(await typed.exited, typed.errorText()).toBe(0)
      expect(typed.outputText()).toContain('"plan":"professional"')
    }
    expect(await service.end('SIGTERM')).toBe(0)
  })
})
