import { execFileSync } from 'node:child_process'
import { appendFileSync, chmodSync, copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openDatabase } from '../../src/database/open.ts'
import { reachDatabase } from '../../src/database/reach.ts'
import { withClient } from '../support/postgres.ts'
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const stack = new AsyncDisposableStack()
afterAll(() => stack.disposeAsync())

/** Every printable character of ASCII. */
const printable = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).join('')
const encoded = encodeURIComponent(printable).replaceAll("'", '%27')

let server: PostgresServer
let folder = ''

function file(name: string): string {
  return join(folder, name)
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'ignore', cwd: folder })
}

/** A certificate for localhost, signed by the authority, valid until `days` from now. */
function certificate(name: string, days: string): void {
  const request = ['-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost']
  openssl('req', ...request, '-keyout', `${name}.key`, '-out', `${name}.csr`)
  writeFileSync(file('san'), 'subjectAltName=DNS:localhost\n')
  const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-extfile', 'san', '-days', days]
  openssl('x509', '-req', '-in', `${name}.csr`, ...signing, '-out', `${name}.crt`)
}

/** Restarts the server with another certificate. */
function serve(name: string): void {
  for (const kind of ['key', 'crt']) {
    const to = join(server.dataFolder, `server.${kind}`)
    copyFileSync(file(`${name}.${kind}`), to)
    chmodSync(to, 0o600)
    if (process.getuid?.() === 0) execFileSync('chown', ['nobody', to])
  }
  server.stop('fast')
  server.start()
}

beforeAll(async () => {
  folder = temporaryFolder(stack)
  server = await startPostgres(stack)
  for (const ca of ['ca', 'other'])
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '9',
      '-subj',
      `/CN=${ca}`,
      '-keyout',
      `${ca}.key`,
      '-out',
      `${ca}.crt`,
    )
  certificate('good', '9')
  certificate('expired', '-1')
  await withClient(server.url, (query) =>
    query(`create role app login superuser password '${printable.replaceAll("'", "''")}'`),
  )
  writeFileSync(
    join(server.dataFolder, 'pg_hba.conf'),
    'host all postgres 127.0.0.1/32 trust\nhostssl all app 127.0.0.1/32 scram-sha-256\n',
  )
  appendFileSync(join(server.dataFolder, 'postgresql.auto.conf'), 'ssl = on\n')
  serve('good')
})

/** How a start ends against this server: undefined if the database can be used. */
async function reach(
  query: string,
  host = 'localhost',
  password = encoded,
  besideUrl?: string,
): Promise<string | undefined> {
  const url = `postgres://app:${password}@${host}:${server.port}/postgres?${query}`
  try {
    const database = await openDatabase({
      engine: 'postgres',
      url,
      ...(besideUrl !== undefined && { password: besideUrl }),
    })
    try {
      await reachDatabase(database, {
        monotonicNow: () => performance.now(),
        warn: (reason) => {
          throw new Error(`a retry: ${reason}`)
        },
      })
    } finally {
      await database.close()
    }
    return undefined
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause)
  }
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
  serve('expired')
  expect(await reach(`sslmode=verify-full&sslrootcert=${file('ca.crt')}`)).toMatch(
    /certificate has expired: renew it/,
  )
})

test('a server without TLS is named as that', async () => {
  appendFileSync(join(server.dataFolder, 'postgresql.auto.conf'), 'ssl = off\n')
  server.stop('fast')
  server.start()
  expect(await reach('sslmode=require')).toMatch(/does not encrypt: .*sslmode=disable/)
})
