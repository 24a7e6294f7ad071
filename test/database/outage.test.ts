import { createServer } from 'node:net'
import { sql } from 'kysely'
import { Client } from 'pg'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { migrate } from '../../src/database/migrate.ts'
import { openDatabase } from '../../src/database/open.ts'
import { engines, genesis, openTestLedger } from '../support/open-test-ledger.ts'
import { createDatabase, temporaryDatabase } from '../support/postgres.ts'
import { startPostgres } from '../support/postgres-server.ts'
import { runService, runToFailure } from '../support/run-service.ts'
import { startTestApp, webhookSecret } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

function environment(url: string) {
  return {
    DATABASE_URL: url,
    STRIPE_SECRET_KEY: 'sk_test_none',
    STRIPE_WEBHOOK_SECRET: webhookSecret,
    STRIPE_API_BASE: 'http://127.0.0.1:9',
  }
}

test('schemas that are brought up to date by ten at once are made once', async () => {
  const location = { engine: 'postgres', url: await temporaryDatabase() } as const
  const databases = await Promise.all(Array.from({ length: 10 }, () => openDatabase(location)))
  await Promise.all(databases.map(({ queries }) => migrate(queries, 'postgres')))
  await Promise.all(databases.map((database) => database.close()))
})

/** Takes away what migration 0005 added. */
const beforeTheGenesis = [
  'drop table drift_candidates',
  'alter table sync_state drop column progress',
  'alter table ledger drop column started_at',
]

/** Gives tables and columns the names that they had before migration 0003. */
const beforeTheVocabulary = [
  'alter table totals rename column shard to stripe',
  'alter table hourly rename column shard to stripe',
  'alter table ledger rename column generation to series',
  'alter table ledger rename column generation_began_at to series_began_at',
  'alter table ledger rename column mode to population',
  'alter table ledger rename column lease_token to voice_token',
  'alter table ledger rename column lease_until to voice_until',
  'alter table posts rename column finished_at to settled_at',
  'alter table sync_state rename to rounds',
  'alter table dead_letters rename to unreadable_events',
]

test.each(engines)('a ledger of the first version is brought up to date, on %s', async (engine) => {
  const { database, location } = await openTestLedger(engine)
  for (const statement of [
    'alter table ledger drop column ended_generation',
    'alter table ledger drop column replica_seen_at',
    ...beforeTheGenesis,
    ...beforeTheVocabulary,
    "delete from kysely_migration where name > '0001-opening'",
  ])
    await sql.raw(statement).execute(database.queries)
  await database.close()
  const again = await openTestLedger(engine, { location })
  const row = await again.database.queries.selectFrom('ledger').selectAll().executeTakeFirst()
  expect(row).toMatchObject({ generation: 1, ended_generation: null, replica_seen_at: 0, genesis })
})

test('while the database is down nothing is acknowledged, and afterwards everything goes on', async () => {
  const server = await startPostgres()
  onTestFinished(server.remove)
  const app = await startTestApp({ environment: environment(await createDatabase(server.url)) })
  const body = eventBody('payment_intent.succeeded')
  server.stop('immediate')
  expect((await deliver(app.apiUrl, body)).status).toBe(503)
  expect((await fetch(app.metricsUrl)).status).toBe(503)
  expect((await app.call('GET', '/readyz')).status).toBe(503)
  expect((await app.call('GET', '/healthz')).status).toBe(200)
  server.start()
  await vi.waitFor(async () => expect((await deliver(app.apiUrl, body)).status).toBe(200), {
    timeout: 15_000,
  })
  await vi.waitFor(async () => expect(Math.max(...(await app.counters()).values())).toBe(1), {
    timeout: 15_000,
  })
})

test('with the database away at the start the process lives, says "not yet", and goes on when it is there', async () => {
  const server = await startPostgres()
  onTestFinished(server.remove)
  const url = await createDatabase(server.url)
  server.stop('fast')
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const address = taken.address()
  const port = String(typeof address === 'object' ? address?.port : '')
  await new Promise((resolve) => taken.close(resolve))
  const starting = runService(temporaryFolder(), { ...environment(url), PORT: port })
  const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
  await vi.waitFor(async () => expect((await ask('/healthz')).status).toBe(200), {
    timeout: 10_000,
  })
  expect((await ask('/readyz')).status).toBe(503)
  expect((await ask('/webhooks/stripe')).status).toBe(503)
  server.start()
  await starting
  expect((await ask('/readyz')).status).toBe(200)
})

test('a wrong password, or a database that is not there, ends the start at once and names the setting', async () => {
  const url = new URL(inject('postgresUrl'))
  url.pathname = '/nowhere'
  const { exitCode, errorText } = await runToFailure(temporaryFolder(), environment(url.href))
  expect(exitCode).toBe(1)
  expect(errorText).toMatch(/PostgreSQL cannot be used.*nowhere.*check DATABASE_URL/)
})

test('a role that may not create tables ends the start and is told so', async () => {
  const url = new URL(await temporaryDatabase())
  const role = `guest${url.pathname.slice(1)}`
  const asOwner = async (statement: string) => {
    const client = new Client({ connectionString: inject('postgresUrl') })
    await client.connect()
    await client.query(statement)
    await client.end()
  }
  await asOwner(`create role ${role} login`)
  onTestFinished(() => asOwner(`drop role ${role}`))
  url.username = role
  const { exitCode, errorText } = await runToFailure(temporaryFolder(), environment(url.href))
  expect(exitCode).toBe(1)
  expect(errorText).toMatch(
    /the database failed \(permission denied.*lets the role .* create tables/,
  )
})

test('a database that answers commits before they are on disk is refused', async () => {
  const url = await temporaryDatabase()
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(
    `alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off`,
  )
  await client.end()
  const { exitCode, errorText } = await runToFailure(temporaryFolder(), environment(url))
  expect(exitCode).toBe(1)
  expect(errorText).toContain('synchronous_commit = off')
})
