import { sql } from 'kysely'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import {
  type MigrateOptions,
  type Migrations,
  migrate,
  migrationsFor,
  schemaOf,
} from '../../src/database/migrate.ts'
import {
  type DatabaseLocation,
  type LedgerDatabase,
  openDatabase,
} from '../../src/database/open.ts'
import { migrationName } from '../support/migration-name.ts'
import { openTestLedger } from '../support/open-test-ledger.ts'
import { databaseOf } from '../support/postgres.ts'
import { waitForLock } from '../support/wait-for-lock.ts'

type Queries = LedgerDatabase['queries']

const now = schemaOf('postgres')

test('a migration gives way to a replica that takes the tables in the other order', async () => {
  const { migrating, replica, queries, warnings } = await openBeside()
  await replica('begin')
  await replica('update totals set total = total')
  const migrated = migrating()
  await waitForLock(queries)
  await replica('select count(*) from facts')
  await replica('commit')
  expect(await migrated).toMatchObject({ ledger: now + 1 })
  expect(warnings).toHaveLength(1)
})

test('while a backup reads the tables, a migration waits and the replicas go on', async () => {
  const { migrating, replica, queries, backup, warnings } = await openBeside()
  await backup('begin')
  await backup('select count(*) from totals')
  const migrated = migrating()
  await waitForLock(queries)
  await replica('select count(*) from facts')
  await replica('update totals set total = total')
  await backup('commit')
  expect(await migrated).toMatchObject({ ledger: now + 1 })
  expect(warnings).toEqual(['canceling statement due to lock timeout'])
})

test('a migration that is never let through changes nothing and says what to do', async () => {
  const { migrating, replica, queries } = await openBeside()
  await replica('begin')
  await replica('select count(*) from totals')
  let elapsedMs = 0
  const monotonicNow = () => {
    elapsedMs += 100_000
    return elapsedMs
  }
  await expect(migrating({ monotonicNow })).rejects.toMatchObject({
    code: 'database_unavailable',
    message: expect.stringMatching(
      /in use for 120 s.*Nothing was changed: wait for a backup to end/s,
    ),
  })
  await replica('commit')
  await expect(sql`select note from facts`.execute(queries)).rejects.toThrow('"note"')
  expect(await migrating()).toMatchObject({ ledger: now + 1 })
})

test('a limit of the database on lock waits does not end the wait for another replica', async () => {
  const { migrating, replica, queries, warnings } = await openBeside({ lockTimeout: '50ms' })
  await replica('begin')
  await replica('select id from migration_lock where id = 1 for update')
  const migrated = migrating()
  await waitForLock(queries)
  await replica('select pg_sleep(0.2)')
  await replica('commit')
  expect(await migrated).toMatchObject({ ledger: now + 1 })
  expect(warnings).toEqual([])
})

test('a migration, and the wait for that of another replica, may take longer than statements may', async () => {
  const { location } = await openTestLedger('postgres')
  const statementTimeoutMs = 250
  const names = [now + 1, now + 2].map((number) => migrationName(number, 'long'))
  const long = {
    up: async (queries: Queries) => void (await sql`select pg_sleep(1)`.execute(queries)),
  }
  const migrations = {
    ...migrationsFor('postgres'),
    ...Object.fromEntries(names.map((name) => [name, long])),
  }
  const migrated = [1, 2].map(async () => {
    const { queries } = await openDatabaseOf(location, statementTimeoutMs)
    const versions = await migrate(queries, 'postgres', { migrations })
    const late = sql`select pg_sleep(1)`.execute(queries)
    await expect(late).rejects.toMatchObject({ code: '57014' })
    return versions
  })
  for (const one of migrated) expect(await one).toMatchObject({ ledger: now + 2 })
})

/** A ledger of PostgreSQL that a process of the next release migrates, beside two sessions. */
async function openBeside({ lockTimeout = '0' } = {}) {
  const { location } = await openTestLedger('postgres')
  if (location.engine !== 'postgres') throw new Error('a PostgreSQL ledger was asked for')
  const { url } = location
  const replica = await openSession(url)
  await replica(`alter database ${databaseOf(url)} set lock_timeout = '${lockTimeout}'`)
  const { queries } = await openDatabaseOf(location)
  const migrations: Migrations = {
    ...migrationsFor('postgres'),
    [migrationName(now + 1, 'notes')]: { up: addNotes },
  }
  const warnings: string[] = []
  return {
    queries,
    warnings,
    replica,
    backup: await openSession(url),
    migrating: (options: MigrateOptions = {}) =>
      migrate(queries, 'postgres', {
        migrations,
        warn: (reason) => warnings.push(reason),
        ...options,
      }),
  }
}

async function addNotes(queries: Queries): Promise<void> {
  await sql`alter table facts add column note text`.execute(queries)
  await sql`alter table totals add column note text`.execute(queries)
}

async function openDatabaseOf(
  location: DatabaseLocation,
  statementTimeoutMs?: number,
): Promise<LedgerDatabase> {
  const database = await openDatabase(location, undefined, statementTimeoutMs)
  onTestFinished(() => database.close())
  return database
}

/** Answers the rows of each statement, executed one after the other on one connection. */
async function openSession(url: string) {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end())
  return async (statement: string): Promise<readonly unknown[]> =>
    (await client.query(statement)).rows
}
