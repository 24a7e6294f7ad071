import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'
import { temporaryFolder } from './temporary-folder.ts'

const chromiumPath = '/usr/bin/chromium'

/** Whether Debian's Chromium is here; tests that need it skip themselves visibly otherwise. */
export const hasBrowser = existsSync(chromiumPath)

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * A real headless browser that connects to nobody by itself, until the stack ends. It ends by itself when
 * this process is gone, and what it wrote is removed.
 */
export async function openBrowser(
  stack: AsyncDisposableStack,
  moreFlags: readonly string[] = [],
): Promise<BrowserContext> {
  const folder = temporaryFolder(stack)
  const browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: chromiumPath,
    args: [...flags, ...moreFlags],
    artifactsDir: join(folder, 'artifacts'),
    // A signal has to end this process.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  })
  stack.defer(() => browser.close())
  return browser
}
