import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { openEmulator } from '../support/open-emulator.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const cli = join(import.meta.dirname, '../../node_modules/@stripe/cli-linux-x64/bin/stripe')
const stack = new AsyncDisposableStack()
const home = temporaryFolder(stack)
afterAll(() => stack.disposeAsync())

const run = promisify(execFile)

/** The proxy leads nowhere: the CLI may reach the emulator and nothing else. */
const env = {
  HOME: home,
  XDG_CONFIG_HOME: home,
  STRIPE_CLI_TELEMETRY_OPTOUT: '1',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  HTTP_PROXY: 'http://127.0.0.1:9',
  NO_PROXY: '127.0.0.1',
}

const triggers: Readonly<Record<string, readonly string[]>> = {
  'payment_intent.succeeded': ['payment_intent.created', 'charge.succeeded'],
  'payment_intent.payment_failed': ['charge.failed'],
  'checkout.session.completed': ['payment_intent.succeeded'],
  'checkout.session.async_payment_succeeded': ['checkout.session.completed'],
  'checkout.session.expired': [],
  'charge.refunded': ['payment_intent.succeeded', 'refund.created'],
}

describe.skipIf(!existsSync(cli))('the official Stripe CLI', () => {
  it.each(Object.entries(triggers))('triggers %s', async (event, others) => {
    const { emulator, arrive, ask } = await openEmulator()
    if (event.includes('async')) await ask('/emulator/faults', { processingMs: 20 })
    const { stdout } = await run(
      cli,
      ['trigger', event, '--api-base', emulator.url, '--api-key', emulator.secretKey],
      { env, timeout: 10_000 },
    )
    expect(stdout).toContain('Trigger succeeded!')
    await arrive(event, ...others)
  })
})
