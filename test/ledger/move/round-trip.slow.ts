import { readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { moveLedger } from '../../../src/commands/move-ledger.ts'
import { highWaterMarkPathOf } from '../../../src/ledger/leader/high-water-mark.ts'
import { controlsOf } from '../../support/emulator-controls.ts'
import { temporaryDatabase, withClient } from '../../support/postgres.ts'
import { readSeries, withoutInstance } from '../../support/read-series.ts'
import { runCommand } from '../../support/run-command.ts'
import { runStart } from '../../support/run-command-on.ts'
import { runService } from '../../support/run-service.ts'
import { startTestApp, type TestApp } from '../../support/start-test-app.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { deliver, eventBody } from '../../support/webhooks.ts'
import { connect, type FullShop, openFullShop, postNow, startCheckout } from './full-shop.ts'
import { readRows } from './read-rows.ts'

const totalsSchema = z.object({
  data: z.array(z.object({ counter: z.string(), label: z.string(), committed: z.number() })),
})

async function totalsOf(app: TestApp): Promise<ReadonlyMap<string, number>> {
  const { data } = totalsSchema.parse(await (await app.call('GET', '/v1/totals')).json())
  return new Map(data.map((one) => [`${one.counter} ${one.label}`, one.committed]))
}

test('a ledger with rows in every table moves to PostgreSQL, and the service goes on there', async () => {
  const shop = await openFullShop()
  const before = { totals: await totalsOf(shop.app), series: await shop.app.counters() }
  const checkout = await startCheckout(shop.app, 'order pay')
  const post = await postNow(shop.app, shop.campaignId, 'post 1')
  await shop.app.stop()
  const url = await temporaryDatabase()
  const from = { engine: 'sqlite', path: shop.path } as const
  const mark = readFileSync(highWaterMarkPathOf(shop.path), 'utf8')
  const rows = await readRows(from)
  expect(Object.entries(rows).filter(([, of]) => of.length === 0)).toEqual([])

  const environment = { ...shop.app.environment, DATABASE_URL: `sqlite:${shop.path}` }
  const moved = await runCommand(moveLedger, environment, ['--to', url])
  expect(moved).toMatchObject({
    exitCode: 0,
    text: expect.stringContaining('Both sides are equal'),
  })
  expect(await readRows({ engine: 'postgres', url })).toEqual(rows)
  expect(readFileSync(highWaterMarkPathOf(shop.path), 'utf8')).toBe(mark)
  await expectNoSequences(url)

  // Until Stripe answers again, no sync job adds anything.
  const emulator = controlsOf(shop.app.emulator.url)
  await emulator.faults({ apiError: 1 })
  const app = await startTestApp({
    environment: { ...shop.app.environment, DATABASE_URL: url },
  })
  const [ledgerId] = JSON.parse(mark).series_id.split('-')
  const series = await app.counters()
  for (const name of series.keys()) expect(name).toContain(`instance="${ledgerId}-1"`)
  expect(withoutInstance(series)).toEqual(before.series)
  expect(await totalsOf(app)).toEqual(before.totals)
  expect(await postNow(app, shop.campaignId, 'post 1')).toBe(post)
  await goOn(shop, app)
  await emulator.faults(null)
  expect(await startCheckout(app, 'order pay')).toEqual(checkout)
  await sweepOn(app)
}, 120_000)

/** No column counts up by itself: a new row cannot collide with a copied one. */
async function expectNoSequences(url: string): Promise<void> {
  const sequences = await withClient(url, (query) =>
    query('select sequence_name from information_schema.sequences'),
  )
  expect(sequences).toEqual([])
}

/** Each way in which a service counts, once more, on PostgreSQL. */
async function goOn(shop: FullShop, app: TestApp): Promise<void> {
  const success = async () => (await totalsOf(app)).get('billing_payments_total success') ?? 0
  const posts = async () => (await totalsOf(app)).get('marketing_posts_total ') ?? 0
  const [successBefore, postsBefore] = [await success(), await posts()]
  // A redelivered webhook is a duplicate, a new one counts.
  expect((await deliver(app.apiUrl, shop.acceptedWebhook)).status).toBe(200)
  expect(await success()).toBe(successBefore)
  const object = { id: 'pi_new' }
  await deliver(app.apiUrl, eventBody('payment_intent.succeeded', { id: 'evt_new', object }))
  expect(await success()).toBe(successBefore + 1)
  // The campaign takes its next message.
  await postNow(app, shop.campaignId, 'post 2')
  expect(await posts()).toBe(postsBefore + 1)
  expect(app.printed.join('\n')).toContain('Second.')
  // The emulator's own webhooks arrive there.
  connect(shop.app, app)
  await controlsOf(shop.app.emulator.url).pay('success', 1)
  await vi.waitFor(async () => expect(await success()).toBe(successBefore + 2), 20_000)
}

/** The sweep goes on from the cursor that was copied and finds the payment whose webhook was lost. */
async function sweepOn(app: TestApp): Promise<void> {
  await app.syncJobs.runSweep()
  const { data } = z
    .object({ data: z.array(z.object({ source: z.string() })) })
    .parse(await (await app.call('GET', '/v1/facts?label=success&limit=1')).json())
  expect(data.map(({ source }) => source)).toEqual(['sweep'])
}

test('as a person runs it: a trial on the emulator is stopped, moved, and goes on with its objects', async () => {
  const folder = temporaryFolder()
  const first = await runService(folder)
  await controlsOf(first.shopUrl ?? '').pay('success', 3)
  await controlsOf(first.shopUrl ?? '').drained()
  const before = await readSeries(first.metricsUrl)
  expect(await first.end('SIGTERM')).toBe(0)
  const url = await temporaryDatabase()
  const moved = await runStart(folder, 'move-ledger', '--to', url, '--json')
  expect(moved.errorText).toContain('objects are copied to ./data/stripe-emulator.db')
  expect(JSON.parse(moved.text)).toMatchObject({ outcome: 'moved' })

  const second = await runService(folder, { DATABASE_URL: url })
  expect(withoutInstance(await readSeries(second.metricsUrl))).toEqual(before)
  const { payments } = await controlsOf(second.shopUrl ?? '').truth(0)
  expect(payments.success.count).toBe(3)
})
