import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { verify } from '../../src/commands/verify.ts'
import { openDatabase, readDatabase } from '../../src/database/open.ts'
import { engines, temporaryLocation } from '../support/open-test-ledger.ts'
import { runCommand } from '../support/run-command.ts'
import { runService } from '../support/run-service.ts'
import { openShop, type Shop } from '../support/shop-with-clock.ts'
import { startAppWithStripe } from '../support/start-test-app.ts'
import { startStripeProxy } from '../support/stripe-proxy.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { deliver, eventBody, sign } from '../support/webhooks.ts'

const dayMs = 86_400_000

function verifyShop(shop: Shop, ...args: readonly string[]) {
  return runCommand(verify, shop.app.environment, ['--wait', '0s', ...args], shop.now)
}

/** The cells of a series' line: Stripe, ledger, missing, extra, all facts, committed. */
function cells(text: string, series: string): readonly string[] {
  return (
    text
      .split('\n')
      .find((line) => line.startsWith(series))
      ?.slice(series.length)
      .trim()
      .split(/\s+/) ?? []
  )
}

const success = 'billing_payments_total{status="success"}'
const failed = 'billing_payments_total{status="failed"}'

test.each(engines)(
  'beside the running service: missing, then agreed, changing nothing: %s',
  async (engine) => {
    const shop = await openShop({ engine })
    await shop.pay(120, 'success')
    await shop.pay(2, 'refunded')
    const before = await verifyShop(shop)
    expect(before.exitCode).toBe(1)
    expect(cells(before.text, success)).toEqual(['122', '0', '122', '0', '0', '0'])
    expect(before.text).toContain('124 missing in the ledger:')
    expect(before.text).toContain('… and 104 more')
    expect(before.text).toContain('They do not agree.')
    expect(await shop.keys()).toEqual([])
    await shop.app.syncJobs.runSweep()
    await shop.checkout('starter')
    const after = await verifyShop(shop)
    expect(after.text).toContain("Stripe, the ledger's facts and its totals agree.")
    expect(after.exitCode).toBe(0)
    expect(cells(after.text, success)).toEqual(['122', '122', '0', '0', '122', '122'])
    expect(cells(after.text, 'billing_checkout_started_total{plan="starter"}')[1]).toBe('1')
  },
)

test('what is still in transit is not reported missing', async () => {
  const shop = await openShop()
  await shop.pay(1, 'success')
  let swept = 0
  const proxy = await startStripeProxy(shop.app.emulator.url, async (_, path) => {
    if (path === '/v1/events') swept += (await shop.app.syncJobs.runSweep()).outcomes.new
    return undefined
  })
  const environment = { ...shop.app.environment, STRIPE_API_BASE: proxy }
  const { exitCode } = await runCommand(verify, environment, ['--wait', '0s'], shop.now)
  expect([exitCode, swept]).toEqual([0, 1])
})

test('a fact that Stripe does not have is extra; a refund that failed later is listed separately', async () => {
  const shop = await openShop()
  await shop.pay(1, 'refunded')
  await shop.app.syncJobs.runSweep()
  const [refund] = (await shop.stripe.refunds.list()).data
  await fetch(`${shop.app.emulator.url}/emulator/refunds/${refund?.id}/fail`, { method: 'POST' })
  const told = await verifyShop(shop)
  expect(told.exitCode).toBe(0)
  expect(told.text).toContain(`  payment:refunded:${refund?.id}`)
  const created = Math.floor(shop.clock.nowMs / 1000)
  const body = eventBody('payment_intent.succeeded', { object: { created }, event: { created } })
  await deliver(shop.app.apiUrl, body, sign(body, { timestamp: created }))
  const extra = await verifyShop(shop)
  expect(extra.exitCode).toBe(1)
  expect(cells(extra.text, success)).toEqual(['1', '2', '0', '1', '2', '2'])
  expect(extra.text).toContain('1 in the ledger that Stripe does not have:')
})

test('attempts without a charge are compared with the events, and listed separately when those are gone', async () => {
  const shop = await openShop()
  const page = await shop.checkout('starter')
  await fetch(page, { method: 'POST', body: new URLSearchParams({ action: 'refuse' }) })
  const before = await verifyShop(shop)
  expect([before.exitCode, cells(before.text, failed)]).toEqual([1, ['1', '0', '1', '0', '0', '0']])
  await shop.app.syncJobs.runSweep()
  expect((await verifyShop(shop)).exitCode).toBe(0)
  shop.clock.nowMs += 31 * dayMs
  const later = await verifyShop(shop)
  expect(later.exitCode).toBe(0)
  expect(later.text).toContain("1 attempts that made no charge are older than Stripe's events")
})

test('--since leaves out what is older, and looks up what settled since', async () => {
  const shop = await openShop()
  await shop.fault({ processingMs: 10 * dayMs })
  await shop.pay(2, 'success')
  await shop.fault({ processingMs: 0 })
  await shop.pay(3, 'success')
  await shop.app.syncJobs.runSweep()
  shop.clock.nowMs += 11 * dayMs
  await shop.app.syncJobs.runSweep()
  await shop.pay(1, 'failed')
  const { exitCode, text } = await verifyShop(shop, '--since', '5d')
  expect(cells(text, success)).toEqual(['2', '2', '0', '0', '5', '5'])
  expect(cells(text, failed)).toEqual(['1', '0', '1', '0', '0', '0'])
  expect(exitCode).toBe(1)
})

/** Changes a ledger whose service has stopped. */
async function change(shop: Shop, statement: string): Promise<void> {
  await shop.app.stop()
  const database = await openDatabase(shop.location)
  await sql.raw(statement).execute(database.queries)
  await database.close()
}

test.each(engines)(
  'a total that is gone is found, and its facts are audited: %s',
  async (engine) => {
    const shop = await openShop({ engine })
    await shop.pay(2, 'success')
    await shop.app.syncJobs.runSweep()
    await change(shop, "delete from totals where label = 'success'")
    const { exitCode, text } = await verifyShop(shop)
    expect(exitCode).toBe(1)
    expect(text).toContain(`${success}: 2 facts but a committed total of 0`)
    expect(cells(text, success)).toEqual(['2', '2', '0', '0', '2', '0'])
  },
)

test.each(engines)('sums by the hour that are not the facts are found: %s', async (engine) => {
  const shop = await openShop({ engine })
  await shop.pay(1, 'success')
  await shop.app.syncJobs.runSweep()
  await change(shop, "update hourly set count = count + 1 where label = 'success'")
  const { exitCode, text } = await verifyShop(shop)
  expect(exitCode).toBe(1)
  expect(text).toContain(`${success}: 1 facts but 2 in the sums by the hour`)
})

test('a command that counts may take longer than what the service asks for', async () => {
  const location = await temporaryLocation('postgres')
  const limitOf = async (statementTimeoutMs?: number): Promise<unknown> => {
    await using stack = new AsyncDisposableStack()
    const { queries, close } = await readDatabase(location, statementTimeoutMs)
    stack.defer(close)
    const { rows } = await sql<object>`show statement_timeout`.execute(queries)
    return rows[0]
  }
  expect(await limitOf()).toEqual({ statement_timeout: '5s' })
  expect(await limitOf(300_000)).toEqual({ statement_timeout: '5min' })
})

test('a total that is not the number of its facts is found', async () => {
  const shop = await openShop()
  await shop.pay(1, 'success')
  await shop.app.syncJobs.runSweep()
  await change(shop, "update totals set total = total + 1 where label = 'success'")
  const { exitCode, text } = await verifyShop(shop)
  expect(exitCode).toBe(1)
  expect(text).toContain(`${success}: 1 facts but a committed total of 2`)
})

test('an event that cannot be read is reported, and the rest is compared', async () => {
  const shop = await openShop()
  await shop.pay(1, 'success')
  await shop.app.syncJobs.runSweep()
  const broken = { id: 'evt_broken', object: 'event', type: 'payment_intent.payment_failed' }
  const list = { object: 'list', has_more: false, url: '/v1/events', data: [broken] }
  const proxy = await startStripeProxy(shop.app.emulator.url, (_, path) =>
    path === '/v1/events' ? { status: 200, body: list } : undefined,
  )
  const environment = { ...shop.app.environment, STRIPE_API_BASE: proxy }
  const { exitCode, text } = await runCommand(verify, environment, ['--wait', '0s'], shop.now)
  expect(exitCode).toBe(1)
  expect(text).toContain('1 objects of the lists could not be read and were not compared')
  expect(cells(text, success)).toEqual(['1', '1', '0', '0', '1', '1'])
})

test.each([
  [['--since', 'yesterday'], '--since yesterday: give a number with its unit'],
  [['--nonsense'], 'usage: npm run verify'],
])('%s is refused', async (args, reason) => {
  const environment = { DATABASE_URL: 'sqlite:./nowhere.db' }
  await expect(runCommand(verify, environment, args)).rejects.toThrow(reason)
})

test('it cannot run without a ledger, with the ledger of others, or when the emulator is away', async () => {
  const DATABASE_URL = `sqlite:${temporaryFolder()}/none.db`
  await expect(runCommand(verify, { DATABASE_URL })).rejects.toMatchObject({
    code: 'database_unavailable',
  })
  const shop = await openShop()
  const { environment } = shop.app
  const withoutKey = { DATABASE_URL: environment.DATABASE_URL }
  await expect(runCommand(verify, withoutKey)).rejects.toMatchObject({ code: 'ledger_mismatch' })
  const other = await startAppWithStripe()
  const otherStripe = { ...environment, STRIPE_API_BASE: other.emulator.url }
  await expect(runCommand(verify, otherStripe)).rejects.toThrow('belongs to the Stripe account')
})

test('npm run verify as a person runs it: beside a service on the emulator, and after it was stopped', async () => {
  const folder = temporaryFolder()
  const service = await runService(folder)
  const environment = {
    DATABASE_URL: `sqlite:${folder}/ledger.db`,
    EMULATOR_PORT: new URL(service.shopUrl ?? '').port,
  }
  expect((await runCommand(verify, environment, ['--wait', '0s'])).exitCode).toBe(0)
  await service.end('SIGTERM')
  await expect(runCommand(verify, environment)).rejects.toThrow('start it (npm start)')
  const anyPort = { ...environment, EMULATOR_PORT: '0' }
  await expect(runCommand(verify, anyPort)).rejects.toThrow('give the port that the banner names')
})
