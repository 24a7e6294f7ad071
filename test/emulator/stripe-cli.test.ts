import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import type { Emulator } from '../../src/emulator/start-emulator.ts'
import { controlsOf } from '../support/emulator-controls.ts'
import { openEmulator } from '../support/open-emulator.ts'
import { type AppWithStripe, startAppWithStripe } from '../support/start-test-app.ts'
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

/** A key of its own, so that its calls are not taken for those of the service. */
const cliKey = 'sk_test_stripe_cli'

/** Triggers an event at an emulator, as somebody does who tries it. */
async function trigger(event: string, { url }: Emulator): Promise<void> {
  const { stdout } = await run(cli, ['trigger', event, '--api-base', url, '--api-key', cliKey], {
    env,
    timeout: 30_000,
  })
  expect(stdout).toContain('Trigger succeeded!')
}

/** By how much each payment counter moves. A refund's trigger pays first. */
const moves = [
  ['payment_intent.succeeded', { success: 1, failed: 0, refunded: 0 }],
  ['payment_intent.payment_failed', { success: 0, failed: 1, refunded: 0 }],
  ['charge.refunded', { success: 1, failed: 0, refunded: 1 }],
  ['checkout.session.completed', { success: 1, failed: 0, refunded: 0 }],
] as const

describe.skipIf(!existsSync(cli))('the official Stripe CLI', () => {
  it('moves the counters by exactly what each trigger does', async () => {
    const app = await startAppWithStripe()
    const { emulator } = app
    emulator.connect({
      webhookUrl: `${app.apiUrl}/webhooks/stripe`,
      apiUrl: app.apiUrl,
      metricsUrl: app.metricsUrl,
    })
    const controls = controlsOf(emulator.url)
    const expected = { success: 0, failed: 0, refunded: 0 }
    for (const [event, { success, failed, refunded }] of moves) {
      await trigger(event, emulator)
      await controls.drained()
      expected.success += success
      expected.failed += failed
      expected.refunded += refunded
      expect({ event, ...(await paymentsOf(app)) }).toEqual({ event, ...expected })
    }
    // Stripe's own lists say the same.
    await app.syncJobs.runSweep()
    await app.syncJobs.runReconcile()
    expect(await paymentsOf(app)).toEqual(expected)
  })

  it.each(Object.entries(triggers))('triggers %s', async (event, others) => {
    const { emulator, arrive, ask } = await openEmulator()
    if (event.includes('async')) await ask('/emulator/faults', { processingMs: 20 })
    await trigger(event, emulator)
    await arrive(event, ...others)
  })
})

/** The payment counters of a scrape. */
async function paymentsOf({ counters }: AppWithStripe) {
  const series = await counters()
  const read = (status: string) => series.get(`billing_payments_total{status="${status}"}`)
  return { success: read('success'), failed: read('failed'), refunded: read('refunded') }
}
