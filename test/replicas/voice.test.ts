import { Client } from 'pg'
import { expect, test, vi } from 'vitest'
import { temporaryDatabase } from '../support/postgres.ts'
import { startTestApp, type TestApp, webhookSecret } from '../support/start-test-app.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

const environment = (url: string) => ({
  DATABASE_URL: url,
  STRIPE_SECRET_KEY: 'sk_test_none',
  STRIPE_WEBHOOK_SECRET: webhookSecret,
  STRIPE_API_BASE: 'http://127.0.0.1:9',
})

const startReplica = (url: string): Promise<TestApp> =>
  startTestApp({ environment: environment(url) })

const pay = async (app: TestApp, id: string): Promise<void> => {
  const body = eventBody('payment_intent.succeeded', { object: { id } })
  expect((await deliver(app.apiUrl, body)).status).toBe(200)
}

const successOf = (counters: ReadonlyMap<string, number>): number | undefined =>
  [...counters].find(([series]) => series.includes('status="success"'))?.[1]

/** The replicas whose page carries the business counters now. */
const speaking = async (apps: readonly TestApp[]): Promise<readonly TestApp[]> => {
  const pages = await Promise.all(apps.map((app) => app.counters()))
  return apps.filter((_, index) => (pages[index]?.size ?? 0) > 0)
}

test('five replicas that start together make one ledger, and one of them speaks for it', async () => {
  const url = await temporaryDatabase()
  const apps = await Promise.all(Array.from({ length: 5 }, () => startReplica(url)))
  for (const app of apps) expect((await app.call('GET', '/readyz')).status).toBe(200)
  const [voice, ...others] = await speaking(apps)
  expect(others).toEqual([])
  const counters = await voice?.counters()
  expect([...(counters?.keys() ?? [])]).toEqual([
    expect.stringMatching(/^marketing_posts_total\{instance="[0-9a-f]{8}-1"\}$/),
    ...['starter', 'professional', 'enterprise'].map((plan) =>
      expect.stringMatching(
        new RegExp(
          `^billing_checkout_started_total\\{.*plan="${plan}".*instance="[0-9a-f]{8}-1"\\}$|^billing_checkout_started_total\\{.*instance="[0-9a-f]{8}-1".*plan="${plan}"`,
        ),
      ),
    ),
    ...['success', 'failed', 'refunded'].map((status) =>
      expect.stringContaining(`status="${status}"`),
    ),
  ])
})

test('what any replica records, the one voice shows; the others show only themselves', async () => {
  const url = await temporaryDatabase()
  const apps = [await startReplica(url), await startReplica(url)]
  await Promise.all(apps.flatMap((app) => [pay(app, 'pi_same'), pay(app, `pi_${app.apiUrl}`)]))
  const [voice] = await speaking(apps)
  expect(successOf((await voice?.counters()) ?? new Map())).toBe(3)
  const silent = apps.find((app) => app !== voice)
  const page = await (await fetch(silent?.metricsUrl ?? '')).text()
  expect(page).toContain('http_server_request_duration_seconds_count')
  expect(page).not.toContain('billing_')
})

test('when the voice stops, another speaks on from the same totals', async () => {
  const url = await temporaryDatabase()
  const apps = [await startReplica(url), await startReplica(url)]
  for (const [index, app] of apps.entries()) await pay(app, `pi_${index}`)
  const [voice] = await speaking(apps)
  const heir = apps.find((app) => app !== voice)
  await voice?.stop()
  await vi.waitFor(async () => expect(successOf((await heir?.counters()) ?? new Map())).toBe(2), {
    timeout: 5_000,
  })
})

test('a replica that lost its lease to another shows nothing more of the business', async () => {
  const url = await temporaryDatabase()
  const app = await startReplica(url)
  expect((await app.counters()).size).toBe(7)
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(
    "update ledger set voice_token = 'somebody else', voice_until = (extract(epoch from now()) * 1000)::bigint + 60000",
  )
  expect((await app.counters()).size).toBe(0)
  await client.query('update ledger set voice_until = 0')
  await client.end()
  await vi.waitFor(async () => expect((await app.counters()).size).toBe(7), { timeout: 5_000 })
})

test('totals that fall below what was shown end the series on every replica', async () => {
  const url = await temporaryDatabase()
  const app = await startReplica(url)
  await pay(app, 'pi_1')
  expect(successOf(await app.counters())).toBe(1)
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('update totals set total = 0')
  await client.end()
  const refused = await fetch(app.metricsUrl)
  expect(refused.status).toBe(503)
  expect(await refused.text()).toContain('npm run recover')
  expect((await app.call('GET', '/readyz')).status).toBe(503)
})
