import { Client } from 'pg'
import { expect, test, vi } from 'vitest'
import { recover } from '../../../src/commands/recover.ts'
import { temporaryDatabase } from '../../support/postgres.ts'
import { runOn } from '../../support/run-command-on.ts'
import { startTestApp, type TestApp, webhooksOnly } from '../../support/start-test-app.ts'
import { deliver, eventBody } from '../../support/webhooks.ts'

function environment(url: string) {
  return {
    DATABASE_URL: url,
    ...webhooksOnly,
  }
}

function startReplica(url: string): Promise<TestApp> {
  return startTestApp({ environment: environment(url) })
}

async function pay(app: TestApp, id: string): Promise<void> {
  const body = eventBody('payment_intent.succeeded', { object: { id } })
  expect((await deliver(app.apiUrl, body)).status).toBe(200)
}

function successOf(counters: ReadonlyMap<string, number>): number | undefined {
  return [...counters].find(([series]) => series.includes('status="success"'))?.[1]
}

/** The replicas whose page carries the business counters now. */
async function speaking(apps: readonly TestApp[]): Promise<readonly TestApp[]> {
  const pages = await Promise.all(apps.map((app) => app.counters()))
  return apps.filter((_, index) => (pages[index]?.size ?? 0) > 0)
}

test('five replicas that start together make one ledger, and one of them speaks for it', async () => {
  const url = await temporaryDatabase()
  const apps = await Promise.all(Array.from({ length: 5 }, () => startReplica(url)))
  for (const app of apps) expect((await app.call('GET', '/readyz')).status).toBe(200)
  const [leader, ...others] = await speaking(apps)
  expect(others).toEqual([])
  const counters = await leader?.counters()
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

test('what any replica records, the one leader shows; the others show only themselves', async () => {
  const url = await temporaryDatabase()
  const apps = [await startReplica(url), await startReplica(url)]
  await Promise.all(apps.flatMap((app) => [pay(app, 'pi_same'), pay(app, `pi_${app.apiUrl}`)]))
  const [leader] = await speaking(apps)
  expect(successOf((await leader?.counters()) ?? new Map())).toBe(3)
  // Two replicas may have drawn the same shard.
  await query(
    url,
    "insert into totals (counter, label, shard, total) values ('billing_payments_total', 'success', 99, 2)",
  )
  expect(successOf((await leader?.counters()) ?? new Map())).toBe(5)
  const silent = apps.find((app) => app !== leader)
  const page = await (await fetch(silent?.metricsUrl ?? '')).text()
  expect(page).toContain('http_server_request_duration_seconds_count')
  expect(page).not.toContain('billing_')
})

test('when the leader stops, another speaks on from the same totals', async () => {
  const url = await temporaryDatabase()
  const apps = [await startReplica(url), await startReplica(url)]
  for (const [index, app] of apps.entries()) await pay(app, `pi_${index}`)
  const [leader] = await speaking(apps)
  const heir = apps.find((app) => app !== leader)
  await leader?.stop()
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
    "update ledger set lease_token = 'somebody else', lease_until = (extract(epoch from now()) * 1000)::bigint + 60000",
  )
  expect((await app.counters()).size).toBe(0)
  await client.query('update ledger set lease_until = 0')
  await client.end()
  await vi.waitFor(async () => expect((await app.counters()).size).toBe(7), { timeout: 5_000 })
})

async function query(url: string, statement: string): Promise<readonly object[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

/** What a standby that lagged has when it is promoted. */
function loseCommits(url: string) {
  return query(url, 'update totals set total = 0')
}

function generationRow(url: string) {
  return query(url, 'select generation, ended_generation from ledger')
}

async function expectRefusal(app: TestApp): Promise<void> {
  const refused = await fetch(app.metricsUrl)
  expect(await refused.text()).toMatch(/lost commits.*npm run recover/)
  expect(refused.status).toBe(503)
  expect((await app.call('GET', '/readyz')).status).toBe(503)
}

test('totals that fall below what was exposed end the series on every replica, and for those to come', async () => {
  const url = await temporaryDatabase()
  const apps = [await startReplica(url), await startReplica(url)]
  for (const app of apps) await pay(app, `pi_${app.apiUrl}`)
  const [leader] = await speaking(apps)
  expect(successOf((await leader?.counters()) ?? new Map())).toBe(2)
  for (const app of apps) await app.counters()
  await loseCommits(url)
  for (const app of apps) await expectRefusal(app)
  for (const app of apps) await app.stop()
  await expectRefusal(await startReplica(url))
})

test('recover begins a series that a new process shows', async () => {
  const url = await temporaryDatabase()
  const app = await startReplica(url)
  await pay(app, 'pi_1')
  await app.counters()
  await loseCommits(url)
  await expectRefusal(app)
  await app.stop()
  await runOn(recover, { engine: 'postgres', url }, '--yes')
  const fresh = await startReplica(url)
  const counters = await fresh.counters()
  expect(successOf(counters)).toBe(0)
  expect([...counters.keys()].join()).not.toContain('-1"')
})

test('a replica that is not the leader ends the series too, as soon as the database lets it', async () => {
  const url = await temporaryDatabase()
  const app = await startReplica(url)
  await pay(app, 'pi_1')
  await app.counters()
  await query(
    url,
    `update ledger set lease_token = 'somebody else',
       lease_until = (extract(epoch from now()) * 1000)::bigint + 600000;
     create function refuse() returns trigger language plpgsql as
       $$ begin raise exception 'not now'; end $$;
     create trigger refuse before update of ended_generation on ledger
       for each row when (new.ended_generation is not null) execute function refuse()`,
  )
  await loseCommits(url)
  await expectRefusal(app)
  expect(await generationRow(url)).toEqual([{ generation: '1', ended_generation: null }])
  await query(url, 'drop trigger refuse on ledger')
  await vi.waitFor(
    async () =>
      expect(await generationRow(url)).toEqual([{ generation: '1', ended_generation: '1' }]),
    { timeout: 5_000 },
  )
})

test('a ledger of an earlier generation than a replica knows has lost commits, and recover notices the replica', async () => {
  const url = await temporaryDatabase()
  const location = { engine: 'postgres', url } as const
  await (await startReplica(url)).stop()
  await runOn(recover, location, '--yes')
  const app = await startReplica(url)
  expect((await app.counters()).size).toBe(7)
  const [known] = await generationRow(url)
  await query(url, 'update ledger set generation = 1, ended_generation = null, lease_until = 0')
  await expectRefusal(app)
  await vi.waitFor(async () =>
    expect(await generationRow(url)).toEqual([
      {
        generation: '1',
        ended_generation: known && 'generation' in known ? known.generation : undefined,
      },
    ]),
  )
  await expect(runOn(recover, location, '--yes')).rejects.toMatchObject({ code: 'ledger_locked' })
  await app.stop()
  await runOn(recover, location, '--yes')
})
