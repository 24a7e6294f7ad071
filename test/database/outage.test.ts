import { Client } from 'pg'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { migrate } from '../../src/database/migrate.ts'
import { openDatabase } from '../../src/database/open.ts'
import { freePort } from '../support/loopback.ts'
import { createDatabase, temporaryDatabase, withClient } from '../support/postgres.ts'
import { startPostgres } from '../support/postgres-server.ts'
import { runService, runToFailure } from '../support/run-service.ts'
import { startTestApp, webhooksOnly } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

function environment(url: string) {
  return {
    DATABASE_URL: url,
    ...webhooksOnly,
  }
}

test('schemas that are brought up to date by ten at once are made once', async () => {
  const location = { engine: 'postgres', url: await temporaryDatabase() } as const
  const databases = await Promise.all(Array.from({ length: 10 }, () => openDatabase(location)))
  await Promise.all(databases.map(({ queries }) => migrate(queries, 'postgres')))
  await Promise.all(databases.map((database) => database.close()))
})

test('while the database is down nothing is acknowledged, and afterwards the service recovers', async () => {
  const server = await startPostgres()
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

test('if the database is unavailable at start, the process stays up, is not ready, and recovers when it returns', async () => {
  const server = await startPostgres()
  const url = await createDatabase(server.url)
  server.stop('fast')
  const port = String(await freePort())
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
  expect(errorText).toMatch(
    /PostgreSQL cannot be used: the server does not have the database.*\(3D000\).*Check DATABASE_URL/,
  )
  expect(errorText).not.toContain('nowhere')
})

test('a role that may not create tables fails the start with a clear error', async () => {
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

test('a server that turns read-only and back makes the service not ready and ready again, by new sessions', async () => {
  const server = await startPostgres()
  const url = await createDatabase(server.url)
  const app = await startTestApp({ environment: environment(url) })
  const body = eventBody('payment_intent.succeeded')
  expect((await deliver(app.apiUrl, body)).status).toBe(200)
  const name = new URL(url).pathname.slice(1)
  const set = (value: string) =>
    withClient(server.url, (query) =>
      query(`alter database ${name} set default_transaction_read_only = ${value}`),
    )
  const endSessions = () =>
    withClient(server.url, (query) =>
      query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`),
    )
  await set('on')
  await endSessions()
  const waitForReadiness = (status: number) =>
    vi.waitFor(async () => expect((await app.call('GET', '/readyz')).status).toBe(status), {
      timeout: 15_000,
    })
  await waitForReadiness(503)
  expect((await deliver(app.apiUrl, body)).status).toBe(503)
  expect((await app.call('GET', '/v1/totals')).status).toBe(200)
  // The sessions that are open stay read-only: they have to be left behind.
  await set('off')
  await waitForReadiness(200)
  expect((await deliver(app.apiUrl, body)).status).toBe(200)
})

test('a commit that no synchronous standby has is not acknowledged, nor is its repetition, nor that of a post', async () => {
  const server = await startPostgres()
  const url = await createDatabase(server.url)
  const app = await startTestApp({ environment: environment(url) })
  const bodyOf = (id: string) => eventBody('payment_intent.succeeded', { object: { id } })
  expect((await deliver(app.apiUrl, bodyOf('pi_before'))).status).toBe(200)
  const campaign = { name: 'Launch', channel: 'console', cron: '0 9 1 1 *', messages: ['Now.'] }
  const created = await app.call('POST', '/v1/campaigns', campaign)
  const { id } = z.object({ id: z.string() }).parse(await created.json())
  const postNow = () =>
    app.call('POST', `/v1/campaigns/${id}/posts`, undefined, { 'idempotency-key': 'launch' })
  expect((await postNow()).status).toBe(201)
  await withClient(server.url, async (query) => {
    await query("alter system set synchronous_standby_names = 'nobody'")
    await query('select pg_reload_conf()')
    const cancelWaits = () =>
      query("select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'")
    // The renewal of the lease waits once the setting is in force.
    await vi.waitFor(async () => expect(await cancelWaits()).not.toEqual([]), 15_000)
    const cancelling = setInterval(() => cancelWaits().catch(() => undefined), 100)
    onTestFinished(() => clearInterval(cancelling))
    expect((await deliver(app.apiUrl, bodyOf('pi_late'))).status).toBe(503)
    const found = await withClient(url, (own) =>
      own("select key from facts where key like 'payment:%' order by recorded_at"),
    )
    expect(found).toEqual([
      { key: 'payment:success:pi_before' },
      { key: 'payment:success:pi_late' },
    ])
    expect((await deliver(app.apiUrl, bodyOf('pi_late'))).status).toBe(503)
    expect((await postNow()).status).toBe(503)
    await vi.waitFor(
      async () => expect((await app.call('GET', '/readyz')).status).toBe(503),
      15_000,
    )
    clearInterval(cancelling)
  })
})

test('a role that commits without its synchronous standbys is refused', async () => {
  const server = await startPostgres()
  const url = await createDatabase(server.url)
  await withClient(server.url, async (query) => {
    await query("alter system set synchronous_standby_names = 'nobody'")
    await query('select pg_reload_conf()')
    await query('set synchronous_commit = local')
    await query(`alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = local`)
  })
  await expect(startTestApp({ environment: environment(url) })).rejects.toMatchObject({
    code: 'database_unavailable',
    message: expect.stringContaining('synchronous_commit = local'),
  })
})
