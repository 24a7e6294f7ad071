import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Authority, createAuthority } from '../support/certificates.ts'
import { hasPooler, startPooler } from '../support/pooler.ts'
import { withClient } from '../support/postgres.ts'
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts'
import { serveTls } from '../support/postgres-tls.ts'
import { reachPostgres } from '../support/reach-postgres.ts'
import { startTestApp, webhooksOnly } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { deliver, eventBody } from '../support/webhooks.ts'

const stack = new AsyncDisposableStack()
afterAll(() => stack.disposeAsync())

const password = 'canary/p@ss?w#rd%'
const modes = ['transaction', 'session'] as const

let server: PostgresServer
let authority: Authority
let otherCa = ''
/** PgBouncer logs in with the keys of its client's SCRAM exchange, so it needs the server's own secret. */
let users = ''

beforeAll(async () => {
  const folder = temporaryFolder(stack)
  chmodSync(folder, 0o755)
  server = await startPostgres(stack)
  authority = createAuthority(folder)
  otherCa = createAuthority(folder, 'other').caFile
  await withClient(server.url, async (query) => {
    await query(`create role app login password '${password}'`)
    for (const timeout of ['statement_timeout', 'idle_in_transaction_session_timeout'])
      await query(`alter role app set ${timeout} = '5s'`)
    for (const mode of modes) await query(`create database ${mode} owner app`)
    const [app] = await query(`select rolpassword from pg_authid where rolname = 'app'`)
    users = `"app" "${app?.rolpassword}"\n`
  })
  writeFileSync(
    join(server.dataFolder, 'pg_hba.conf'),
    'host all postgres 127.0.0.1/32 trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n',
  )
  serveTls(server, authority.issue('server', 'DNS:localhost'))
})

describe.skipIf(!hasPooler).each(modes)('behind a PgBouncer in %s mode', (mode) => {
  const poolers = new AsyncDisposableStack()
  let pooler: URL

  /** TLS on both sides, verified on the server's, and SCRAM on both. */
  beforeAll(async () => {
    const { certFile, keyFile } = authority.issue(mode, 'DNS:localhost')
    const settings = [
      `pool_mode = ${mode}`,
      'auth_type = scram-sha-256',
      'client_tls_sslmode = require',
      `client_tls_cert_file = ${certFile}`,
      `client_tls_key_file = ${keyFile}`,
      'server_tls_sslmode = verify-full',
      `server_tls_ca_file = ${authority.caFile}`,
    ]
    const database = `postgres://localhost:${server.port}/${mode}`
    pooler = await startPooler(database, { settings, users }, poolers)
  })
  afterAll(() => poolers.disposeAsync())

  function urlOf({
    user = 'app',
    secret = password,
    ca = authority.caFile,
    database = mode as string,
    query = 'sslmode=verify-full&pooler=transaction',
  } = {}): string {
    const login = `${user}:${encodeURIComponent(secret)}`
    return `postgres://${login}@${pooler.host}/${database}?${query}&sslrootcert=${ca}`
  }

  test('two replicas record everything once, over verified TLS and with SCRAM', async () => {
    const environment = { ...webhooksOnly, DATABASE_URL: urlOf() }
    const apps = await Promise.all([1, 2].map(() => startTestApp({ environment })))
    const bodies = Array.from({ length: 40 }, (_, index) =>
      eventBody('payment_intent.succeeded', { object: { id: `pi_${index}` } }),
    )
    const answers = await Promise.all(
      bodies.flatMap((body) => apps.map((app) => deliver(app.apiUrl, body))),
    )
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    const pages = await Promise.all(apps.map((app) => app.counters()))
    expect(pages.map((page) => page.size).toSorted()).toEqual([0, 7])
    expect(Math.max(...pages.flatMap((page) => [...page.values()]))).toBe(40)
    const tls = await withClient(server.url, (query) =>
      query(`select bool_and(ssl) as all, count(*) > 0 as any from pg_stat_ssl
        join pg_stat_activity using (pid) where usename = 'app'`),
    )
    expect(tls).toEqual([{ all: true, any: true }])
  })

  test('a start without the setting for it says what to add', async () => {
    expect(await reachPostgres(urlOf({ query: 'sslmode=verify-full' }))).toContain(
      'add pooler=transaction to the query of DATABASE_URL',
    )
  })

  test.each([
    ['a wrong password', { secret: 'canary-wrong' }, /the user or password in DATABASE_URL/],
    ['an unknown user', { user: 'canary-user' }, /the user or password in DATABASE_URL/],
    ['an unknown database', { database: 'canary-base' }, /does not have the database/],
    ['no encryption', { query: 'pooler=transaction&sslmode=disable' }, /sslmode=require/],
  ])('%s ends the start at once, without repeating it', async (_, changes, reason) => {
    const said = await reachPostgres(urlOf(changes))
    expect(said).toMatch(reason)
    expect(said).not.toMatch(/a retry|canary|the server runs/)
  })

  test('another authority than the pooler’s ends the start at once', async () => {
    expect(await reachPostgres(urlOf({ ca: otherCa }))).toMatch(
      /signed by an authority that is not known here/,
    )
  })
})
