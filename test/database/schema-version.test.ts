import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { migrate, migrationsFor, requireMigrated, schemaOf } from '../../src/database/migrate.ts'
import type { LedgerDatabase } from '../../src/database/open.ts'
import { migrationName } from '../support/migration-name.ts'
import { engines, openTestLedger } from '../support/open-test-ledger.ts'

const add = {
  up: (database: LedgerDatabase['queries']) =>
    sql`alter table posts add column note text`.execute(database).then(() => undefined),
}
const remove = {
  up: (database: LedgerDatabase['queries']) =>
    sql`alter table dead_letters drop column source`.execute(database).then(() => undefined),
}

const now = schemaOf('postgres')
const names = {
  add: migrationName(now + 1, 'note'),
  branch: migrationName(now + 1, 'other'),
  remove: migrationName(now + 2, `contract-${migrationName(now + 1, 'source')}`),
}

describe.each(engines)('a ledger that a later release has used, on %s', (engine) => {
  const later = { ...migrationsFor(engine), [names.add]: add }

  test('is used when that release only added, and stays as it is', async () => {
    const { database } = await openTestLedger(engine)
    const { queries } = database
    await migrate(queries, engine, { migrations: later })
    const versions = { release: now, ledger: now + 1, needed: 0 }
    expect(await migrate(queries, engine)).toEqual(versions)
    await requireMigrated(queries, engine)
    await sql`select note from posts`.execute(queries)
    expect(await migrate(queries, engine, { migrations: later })).toMatchObject({
      release: now + 1,
    })
  })

  test('is refused when that release removed something, with what to do', async () => {
    const { database } = await openTestLedger(engine)
    const { queries } = database
    await migrate(queries, engine, { migrations: { ...later, [names.remove]: remove } })
    const refusal = {
      code: 'ledger_too_new',
      message: expect.stringMatching(
        new RegExp(`schema ${now + 2} needs a release of schema ${now + 1} .* has ${now}\\. Start`),
      ),
    }
    await expect(migrate(queries, engine)).rejects.toMatchObject(refusal)
    await expect(requireMigrated(queries, engine)).rejects.toMatchObject(refusal)
  })

  test('of another branch is refused, with what each has', async () => {
    const { database } = await openTestLedger(engine)
    await migrate(database.queries, engine, { migrations: later })
    const branch = { ...migrationsFor(engine), [names.branch]: add }
    await expect(migrate(database.queries, engine, { migrations: branch })).rejects.toMatchObject({
      code: 'ledger_too_new',
      message: expect.stringMatching(/-note and lacks \d+-other/),
    })
  })

  test('is refused when it is not of countinghouse', async () => {
    const { database } = await openTestLedger(engine)
    await sql`insert into kysely_migration (name, timestamp) values ('init', '')`.execute(
      database.queries,
    )
    await expect(migrate(database.queries, engine)).rejects.toMatchObject({
      code: 'ledger_too_new',
      message: expect.stringContaining('"init"'),
    })
  })

  test('of an earlier schema is refused beside the service, with what to do', async () => {
    const { database } = await openTestLedger(engine)
    const last = Object.keys(migrationsFor(engine)).at(-1) ?? ''
    await sql`delete from kysely_migration where name = ${last}`.execute(database.queries)
    await expect(requireMigrated(database.queries, engine)).rejects.toMatchObject({
      message: expect.stringContaining(`schema ${now - 1} and this release ${now}: start`),
    })
  })
})

describe('what replicas of an earlier schema use', () => {
  const expanded = { ...migrationsFor('postgres'), [names.add]: add }
  const both = { ...expanded, [names.remove]: remove }

  test('is not removed while one of them leads, and is once none does', async () => {
    const { database } = await openTestLedger('postgres')
    const { queries } = database
    await setLease(queries, 60_000)
    await expect(migrate(queries, 'postgres', { migrations: both })).rejects.toMatchObject({
      code: 'ledger_too_old',
      message: expect.stringContaining(`release of schema ${now + 1} first, or stop every replica`),
    })
    await sql`select source from dead_letters`.execute(queries)
    await setLease(queries, 0)
    expect(await migrate(queries, 'postgres', { migrations: both })).toMatchObject({
      needed: now + 1,
    })
    await expect(sql`select source from dead_letters`.execute(queries)).rejects.toThrow()
  })

  test('is removed beside replicas of the release that stopped using it', async () => {
    const { database } = await openTestLedger('postgres')
    const { queries } = database
    await migrate(queries, 'postgres', { migrations: expanded })
    await setLease(queries, 60_000)
    expect(await migrate(queries, 'postgres', { migrations: both })).toMatchObject({
      ledger: now + 2,
    })
  })
})

async function setLease(queries: LedgerDatabase['queries'], leftMs: number): Promise<void> {
  await sql`update ledger set lease_token = 'other',
    lease_until = (extract(epoch from clock_timestamp()) * 1000)::bigint + ${leftMs}`.execute(
    queries,
  )
}
