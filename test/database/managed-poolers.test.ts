import { expect, inject, test } from 'vitest'
import { createAuthority } from '../support/certificates.ts'
import { startRefusing, startTlsFront } from '../support/fake-managed-postgres.ts'
import { temporaryDatabase } from '../support/postgres.ts'
import { reachPostgres } from '../support/reach-postgres.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** https://github.com/supabase/supavisor: lib/supavisor/error.ex and lib/supavisor/errors. */
const supavisor = [
  [
    'Supabase’s pooler does not know the project',
    'XX000',
    '(ENOTFOUND) tenant/user postgres.canary not found',
    /does not know the user of DATABASE_URL.*postgres\.<project>/,
  ],
  [
    'an earlier Supavisor does not know the project',
    'XX000',
    'Tenant or user not found',
    /postgres\.<project>/,
  ],
  [
    'Supabase’s pooler is given a user without a project',
    'XX000',
    '(ENOIDENTIFIER) no tenant identifier provided (external_id or sni_hostname required)',
    /postgres\.<project>/,
  ],
  [
    'Supabase’s pooler wants TLS',
    'XX000',
    '(ESSLREQUIRED) SSL connection is required for user: canary',
    /add sslmode=require/,
  ],
  [
    'Supabase’s pooler is given a wrong password',
    '28P01',
    'password authentication failed for user "canary"',
    /rejects the user or password/,
  ],
] as const

/** https://neon.com/docs/connect/connection-errors#unsupported-startup-parameter */
const neon = [
  [
    'Neon’s pooler is given a timeout',
    '08P01',
    'unsupported startup parameter: statement_timeout',
    /add pooler=transaction/,
  ],
  [
    'Neon’s pooler is given a search_path',
    '08P01',
    'unsupported startup parameter in options: search_path',
    /add pooler=transaction.*search_path/,
  ],
] as const

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.troubleshooting.html */
const rdsProxy = [
  [
    'RDS Proxy is given a timeout',
    '0A000',
    "Feature not supported: RDS Proxy currently doesn't support the option statement_timeout.",
    /add pooler=transaction/,
  ],
  [
    'RDS Proxy is given options',
    '0A000',
    'Feature not supported: RDS Proxy currently doesn’t support command-line options.',
    /add pooler=transaction.*search_path/,
  ],
] as const

test.each([...supavisor, ...neon, ...rdsProxy])(
  'when %s, the start ends at once and says what to change',
  async (_, code, message, reason) => {
    const host = await startRefusing(code, message)
    const said = await reachPostgres(`postgres://canary:canary@${host}/canary`)
    expect(said).toMatch(reason)
    expect(said).not.toMatch(/a retry|canary|the server runs/)
  },
)

test.each([
  [
    'all of a session pool is taken',
    '(EMAXCLIENTSESSION) max clients reached in session mode - max clients are limited to pool_size: 15',
  ],
  ['a suspended compute is not up yet', "Couldn't connect to compute node"],
])('when %s, the start waits', async (_, message) => {
  const host = await startRefusing('XX000', message)
  expect(await reachPostgres(`postgres://app:secret@${host}/app`)).toBe(`a retry: ${message}`)
})

test('Neon’s connection string, with pooler=transaction, names the host by SNI', async () => {
  const authority = createAuthority(temporaryFolder())
  const database = await temporaryDatabase()
  const front = await startTlsFront(database, authority.issue('neon', 'DNS:localhost'))
  const { pathname } = new URL(database)
  const { username } = new URL(inject('postgresUrl'))
  const query = `sslmode=require&channel_binding=require&pooler=transaction&sslrootcert=${authority.caFile}`
  const url = `postgresql://${username}:AbC123dEf@${front.host}${pathname}?${query}`
  expect(await reachPostgres(url)).toBeUndefined()
  expect(new Set(front.names)).toEqual(new Set(['localhost']))
})
