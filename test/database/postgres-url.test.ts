import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { resolveConfig } from '../../src/config/config.ts'
import { requireLog } from '../../src/database/open-sqlite.ts'
import { describePostgresUrl, readPostgresUrl } from '../../src/database/postgres-url.ts'
import { runToFailure } from '../support/run-service.ts'
import { webhooksOnly } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

function one(host: string, port?: number) {
  return [{ host, port }]
}

const login = { user: 'app', password: 'pw', database: 'd' }

test.each([
  ['postgres://app:pw@h/d', { ...login, hosts: one('h') }],
  ['postgresql://app:pw@h:6543/d', { ...login, hosts: one('h', 6543) }],
  ['postgres://app:pw@[::1]:1/d', { ...login, hosts: one('::1', 1) }],
  ['postgres://app:pw@/d?host=/run/pg', { ...login, hosts: one('/run/pg') }],
  ['postgres://app:pw@%2Frun%2Fpg:7/d', { ...login, hosts: one('/run/pg', 7) }],
  [
    'postgres:///d?host=/run/pg&user=app&password=pw&port=7',
    { ...login, hosts: one('/run/pg', 7) },
  ],
  ['postgres://app:pw@a:1,b/d', { ...login, hosts: [...one('a', 1), ...one('b')] }],
  [
    'postgres:///d?host=a,b&port=1,2&user=app&password=pw',
    { ...login, hosts: [...one('a', 1), ...one('b', 2)] },
  ],
  ['postgres://app:pw@/d', { ...login, hosts: [] }],
  ['postgres://h', { hosts: one('h'), user: undefined, password: undefined, database: undefined }],
  ['postgres://app:p%40%2F%23%3F%25w@h/d', { ...login, password: 'p@/#?%w', hosts: one('h') }],
  ['postgres://app:p@:100%[ w@h/d', { ...login, password: 'p@:100%[ w', hosts: one('h') }],
])('%s is read as libpq reads it', (url, address) => {
  expect(readPostgresUrl(url)).toMatchObject(address)
})

test.each(['/', '?', '#'])('a password with a bare %s is refused with what to do', (character) => {
  for (const password of [`ca${character}nary`, `12${character}nary`, `${character}nary`]) {
    const read = readPostgresUrl(`postgres://app:${password}@db.example:5432/ledger`)
    expect(read).toMatchObject({ problem: expect.stringMatching(/percent-encode.*PGPASSWORD/) })
    expect(JSON.stringify(read)).not.toMatch(/ca\W|nary|12/)
  }
})

const canary = 'CANARY0123456789'

test.each([
  ['DATABASE_URL', `postgres://app:${canary}/x@h/d`],
  ['DATABASE_URL', `postgres://app:${canary}@h:99999/d`],
  ['DATABASE_URL', `postgres://app:pw@h/d?sslmode=${canary}`],
  ['DATABASE_URL', 'postgres://app:pw@h/d?schema=shop'],
  ['DATABASE_URL', 'postgres://app:pw@h/d?target_session_attrs=standby'],
  ['DATABASE_URL', `mysql://app:${canary}@h/d`],
  ['DATABASE_URL', 'sqlite::memory:'],
  ['DATABASE_URL', 'sqlite://folder/ledger.db'],
  ['DATABASE_URL', 'sqlite:file:ledger.db'],
  ['DATABASE_URL', 'sqlite:./ledger.db?mode=memory'],
])('%s=%s is refused without a part of it', (name, value) => {
  const refusal = () => resolveConfig({ [name]: value })
  expect(refusal).toThrow(/DATABASE_URL: /)
  expect(refusal).not.toThrow(canary)
})

test('three slashes are an absolute path, as in other programs', () => {
  expect(resolveConfig({ DATABASE_URL: 'sqlite:///var/lib/ledger.db' }).database).toEqual({
    engine: 'sqlite',
    path: '/var/lib/ledger.db',
  })
})

test('DATABASE_PASSWORD is the password of a URL without one, with any character', () => {
  const url = 'postgres://app@h/d'
  const { database } = resolveConfig({ DATABASE_URL: url, DATABASE_PASSWORD: '#/%@?' })
  expect(database).toEqual({ engine: 'postgres', url, password: '#/%@?' })
  for (const [others, reason] of [
    [{ DATABASE_URL: 'postgres://app:pw@h/d' }, /DATABASE_URL has a password too/],
    [{ DATABASE_URL: 'sqlite:./ledger.db' }, /is a SQLite file/],
    [{}, /there is no DATABASE_URL/],
  ] as const)
    expect(() => resolveConfig({ ...others, DATABASE_PASSWORD: canary })).toThrow(reason)
})

test('a parameter without effect is named once, and its value is not', () => {
  const { warnings } = resolveConfig({
    DATABASE_URL: `postgres://h/d?connection_limit=${canary}&pgbouncer=true`,
  })
  expect(warnings).toEqual([
    'DATABASE_URL: the parameter connection_limit has no effect in this service',
  ])
})

const documented = [
  ...readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8').matchAll(
    /`(postgres:\/\/[^`…]+)`/g,
  ),
].map(([, url = '']) => url)

test('the settings page has an example for each managed service', () => {
  for (const service of [
    'rds.amazonaws.com',
    'proxy-abc123',
    '/cloudsql/',
    'verify-ca',
    ':6543',
    'neon.tech',
  ])
    expect(documented.join('\n')).toContain(service)
})

test.each(documented)('%s, as documented, is read whole', (url) => {
  expect(resolveConfig({ DATABASE_URL: url }).warnings).toEqual([])
  expect(readPostgresUrl(url)).toMatchObject({ user: expect.any(String), password: undefined })
})

test('the banner names hosts and database alone', () => {
  expect(describePostgresUrl('postgres://app:pw@a:1,%2Frun/d?user=x')).toBe('postgres://a:1,/run/d')
})

test.each([
  ['no such CA file', '?sslrootcert=/nowhere', /the file that sslrootcert names .* \(ENOENT\)/],
  ['a CA file that is none', `?sslcert=${import.meta.filename}`, /is not what it should be/],
])('%s ends the start at once, with one sentence', async (_, query, sentence) => {
  const { exitCode, errorText } = await runToFailure(temporaryFolder(), {
    ...webhooksOnly,
    DATABASE_URL: `postgres://app:${canary}@127.0.0.1:1/d${query}`,
  })
  expect(exitCode).toBe(1)
  expect(errorText).toMatch(sentence)
  expect(errorText).not.toMatch(/unforeseen|CANARY|\n +at /)
})

test('a disk without what the write-ahead log needs is refused', () => {
  const path = join(temporaryFolder(), 'ledger.db')
  const database = new DatabaseSync(`file:${path}?vfs=unix-none`)
  expect(() => requireLog(database, path)).toThrow(/cannot keep SQLite's write-ahead log/)
  database.close()
})
