import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Authority, createAuthority } from '../support/certificates.ts'
import { withClient } from '../support/postgres.ts'
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts'
import { serveTls, setTls } from '../support/postgres-tls.ts'
import { reachPostgres } from '../support/reach-postgres.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const stack = new AsyncDisposableStack()
afterAll(() => stack.disposeAsync())

/** Every printable character of ASCII. */
const printable = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).join('')
const encoded = encodeURIComponent(printable).replaceAll("'", '%27')

let server: PostgresServer
let folder = ''
let authority: Authority

function file(name: string): string {
  return join(folder, name)
}

beforeAll(async () => {
  folder = temporaryFolder(stack)
  server = await startPostgres(stack)
  authority = createAuthority(folder)
  createAuthority(folder, 'other')
  await withClient(server.url, (query) =>
    query(`create role app login superuser password '${printable.replaceAll("'", "''")}'`),
  )
  writeFileSync(
    join(server.dataFolder, 'pg_hba.conf'),
    'host all postgres 127.0.0.1/32 trust\nhostssl all app 127.0.0.1/32 scram-sha-256\n',
  )
  serveTls(server, authority.issue('good', 'DNS:localhost'))
})

/** How a start ends against this server: undefined if the database can be used. */
function reach(
  query: string,
  host = 'localhost',
  password = encoded,
  besideUrl?: string,
): Promise<string | undefined> {
  const url = `postgres://app:${password}@${host}:${server.port}/postgres?${query}`
  return reachPostgres(url, besideUrl)
}

test.each(['require', 'verify-ca', 'verify-full'])(
  'sslmode=%s with the private authority, and a password of every printable character',
  async (mode) => {
    expect(await reach(`sslmode=${mode}&sslrootcert=${file('ca.crt')}`)).toBeUndefined()
  },
)

test.each([
  ['no-verify', 'sslmode=no-verify'],
  ['require as libpq has it', 'sslmode=require&uselibpqcompat=true'],
])('%s needs no authority', async (_, query) => {
  expect(await reach(query)).toBeUndefined()
})

test('verify-ca does not compare names, verify-full does', async () => {
  const ca = `sslrootcert=${file('ca.crt')}`
  expect(await reach(`sslmode=verify-ca&${ca}`, '127.0.0.1')).toBeUndefined()
  expect(await reach(`sslmode=verify-full&${ca}`, '127.0.0.1')).toMatch(
    /is for another name than the host in DATABASE_URL/,
  )
})

test('what cannot pass by waiting ends the start at once, with what to set', async () => {
  expect(await reach('sslmode=require')).toMatch(/add sslrootcert=.*NODE_EXTRA_CA_CERTS/)
  expect(await reach(`sslmode=verify-full&sslrootcert=${file('other.crt')}`)).toMatch(
    /signed by an authority that is not known here/,
  )
  expect(await reach('sslmode=disable')).toMatch(/sslmode=require/)
  expect(await reach('sslmode=no-verify', 'localhost', 'wrong')).toMatch(/user or password/)
})

test('the password may come from beside the URL', async () => {
  vi.stubEnv('PGPASSWORD', printable)
  expect(await reach('sslmode=no-verify', 'localhost', '')).toBeUndefined()
  vi.unstubAllEnvs()
  const escaped = printable.replaceAll(/[\\:]/g, '\\$&')
  writeFileSync(file('pgpass'), `localhost:*:*:app:${escaped}\n`, { mode: 0o600 })
  vi.stubEnv('PGPASSFILE', file('pgpass'))
  expect(await reach('sslmode=no-verify', 'localhost', '')).toBeUndefined()
  vi.unstubAllEnvs()
  expect(await reach('sslmode=no-verify', 'localhost', '')).toMatch(/there is none: give it in/)
  expect(await reach('sslmode=no-verify', 'localhost', '', printable)).toBeUndefined()
})

test('several hosts: the one that takes writes is used', async () => {
  const hosts = `127.0.0.1:1,localhost`
  expect(await reach('sslmode=no-verify&target_session_attrs=read-write', hosts)).toBeUndefined()
})

test('an expired certificate is named as that', async () => {
  serveTls(server, authority.issue('expired', 'DNS:localhost', -1))
  expect(await reach(`sslmode=verify-full&sslrootcert=${file('ca.crt')}`)).toMatch(
    /certificate has expired: renew it/,
  )
})

test('a server without TLS is named as that', async () => {
  setTls(server, 'off')
  expect(await reach('sslmode=require')).toMatch(/does not encrypt: .*sslmode=disable/)
})
