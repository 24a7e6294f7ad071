import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const chromiumPath = '/usr/bin/chromium'

/** Whether Debian's Chromium is here; tests that need it skip themselves visibly otherwise. */
export const hasBrowser = existsSync(chromiumPath)

const flags = [
  '--no-emulator',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A real headless browser that connects to nobody by itself. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath, args: flags })
}
