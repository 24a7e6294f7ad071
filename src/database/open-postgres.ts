import { Kysely, PostgresAdapter, PostgresDialect, sql } from 'kysely'
import { Pool, type PoolConfig, types } from 'pg'
import { AppError } from '../errors.ts'
import type { Note } from './carry-over.ts'
import { createHostChoice } from './host-choice.ts'
import { isBehindPooler } from './postgres-parameters.ts'
import { tlsOf } from './postgres-tls.ts'
import { type PostgresAddress, readPostgresUrl } from './postgres-url.ts'
import { createPreparedStatements } from './prepared-statements.ts'
import type { Schema } from './schema.ts'
import { statementTimeoutMsDefault } from './statement-timeout.ts'
import { watchPool } from './watched-pool.ts'

const connectTimeoutMs = 5_000
const connectionsMax = 10

/** The driver returns int8 and numeric as text; ours are counts and instants, which are safe as numbers. */
const numberTypes: ReadonlySet<number> = new Set([types.builtins.INT8, types.builtins.NUMERIC])

/**
 * Opens a connection pool. It uses no session state but prepared statements, which it does without behind a
 * pooler in transaction mode: one that the URL does not declare is noticed, and reported to `note`.
 * The server cancels statements that take longer than `statementTimeoutMs`, so that a suspended client holds
 * no lock; behind a pooler that does not pass this on, set `statement_timeout` for the role itself. A
 * connection without a response within twice that time is discarded. Of several hosts, a new connection goes to
 * the one that worked last. Throws `database_unavailable` if the URL or a file that it names cannot be read.
 */
export function openPostgres(
  location: { readonly url: string; readonly password?: string },
  statementTimeoutMs = statementTimeoutMsDefault,
  note: Note = () => undefined,
) {
  const address = readPostgresUrl(location.url)
  if ('problem' in address)
    throw new AppError('database_unavailable', `DATABASE_URL: ${address.problem}`)
  const hosts = createHostChoice(address.hosts)
  const isPooled = isBehindPooler(address)
  const pool = new Pool({
    ...connectionOf(address, location.password),
    Client: hosts.Client,
    max: connectionsMax,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: 2 * statementTimeoutMs,
    keepAlive: true,
    types: { getTypeParser: (type, format) => parserOf(type, format) },
    ...(isPooled
      ? {}
      : {
          statement_timeout: statementTimeoutMs,
          idle_in_transaction_session_timeout: statementTimeoutMsDefault,
        }),
  })
  // The query that uses a broken connection gets the error; an unhandled 'error' event would end the process.
  const ignore = () => undefined
  pool.on('error', ignore)
  pool.on('connect', (client) => client.on('error', ignore))
  const prepared = createPreparedStatements(note, !isPooled)
  const watched = watchPool(pool, connectTimeoutMs, hosts, prepared)
  return {
    pool,
    queries: new Kysely<Schema>({ dialect: new RowLockingDialect({ pool: watched }) }),
    onlyFor: watched.onlyFor,
  }
}

/** What is not given is left to the driver, which reads PGUSER, PGPASSWORD, PGPASSFILE and the like. */
function connectionOf(address: PostgresAddress, password = address.password): PoolConfig {
  const { user, database, parameters } = address
  const ssl = tlsOf(address)
  const named = {
    user,
    password,
    database,
    ssl,
    options: parameters.get('options'),
    application_name: parameters.get('application_name'),
    fallback_application_name: parameters.get('fallback_application_name'),
    sslnegotiation: parameters.get('sslnegotiation') === 'direct' ? ('direct' as const) : undefined,
  }
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined))
}

function parserOf(type: number, format: 'text' | 'binary' | undefined) {
  if (format !== 'binary' && numberTypes.has(type)) return toSafeNumber
  return types.getTypeParser(type, format)
}

function toSafeNumber(value: string): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is beyond the safe integers`)
  return number
}

/** Migrations lock a dedicated row, because poolers and distributed engines lack advisory locks. */
class RowLockingAdapter extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}

class RowLockingDialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new RowLockingAdapter()
  }
}

/** Throws `database_unavailable` if commits would return before they are on disk on every synchronous standby. */
export async function refuseUnsafeCommit(queries: Kysely<Schema>): Promise<void> {
  const { rows } = await sql<{ name: string; setting: string }>`
    select name, setting from pg_settings
    where name in ('synchronous_commit', 'synchronous_standby_names')`.execute(queries)
  const settings = new Map(rows.map(({ name, setting }) => [name, setting]))
  const commit = settings.get('synchronous_commit')
  if (commit === 'off')
    throw new AppError(
      'database_unavailable',
      'the database answers commits before they are on disk (synchronous_commit = off): set it to on for this role or database',
    )
  if (commit === 'local' && (settings.get('synchronous_standby_names') ?? '') !== '')
    throw new AppError(
      'database_unavailable',
      'the database has synchronous standbys and answers commits before they have them (synchronous_commit = local): set it to on for this role or database',
    )
}
