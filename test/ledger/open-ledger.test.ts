import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { migrate } from '../../src/database/migrate.ts'
import { openDatabase } from '../../src/database/open.ts'
import { openIdentity, tieAccount } from '../../src/ledger/identity.ts'
import { payment } from '../support/facts.ts'
import { genesis, openedAt, openSqliteLedger } from '../support/open-test-ledger.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const opening = {
  mode: 'test',
  account: 'acct_1',
  ...openedAt(genesis + 999),
  createLedgerId: () => 'other',
} as const

test('a new ledger begins at the whole second of its first start and keeps that for ever', async () => {
  const { database } = await openSqliteLedger()
  const again = await openIdentity(database.queries, {
    ...opening,
    ...openedAt(genesis + 86_400_000),
  })
  expect(again.genesis.known()).toBe(genesis)
  expect({ ...again, genesis }).toEqual({
    ledgerId: 'ledger01',
    seriesId: 'ledger01-1',
    generation: 1,
    generationBeganAt: genesis,
    genesis,
    mode: 'test',
    account: 'acct_1',
  })
})

test('a ledger of another mode is refused with both names', async () => {
  const { database } = await openSqliteLedger()
  const opened = openIdentity(database.queries, { ...opening, mode: 'live' })
  await expect(opened).rejects.toMatchObject({
    code: 'ledger_mismatch',
    message: expect.stringMatching(/holds test payments.*ask for live/),
  })
})

test('a ledger of another Stripe account is refused with both names', async () => {
  const { database } = await openSqliteLedger()
  const opened = openIdentity(database.queries, { ...opening, account: 'acct_2' })
  await expect(opened).rejects.toMatchObject({
    code: 'ledger_mismatch',
    message: expect.stringMatching(/acct_1.*acct_2/),
  })
})

test('an account that becomes known later is tied to the ledger', async () => {
  const path = join(temporaryFolder(), 'ledger.db')
  const database = await openDatabase({ engine: 'sqlite', path })
  await migrate(database.queries, 'sqlite')
  await openIdentity(database.queries, { ...opening, account: null })
  await tieAccount(database.queries, 'acct_9')
  await expect(tieAccount(database.queries, 'acct_1')).rejects.toMatchObject({
    code: 'ledger_mismatch',
  })
  await database.close()
})

test('a second process is refused while the first lives, and let in afterwards', async () => {
  const { database, path } = await openSqliteLedger()
  await expect(openDatabase({ engine: 'sqlite', path })).rejects.toEqual(
    expect.objectContaining({
      code: 'ledger_locked',
      message: expect.stringContaining(`another process is using the ledger ${path}`),
    }),
  )
  await database.close()
  await (await openDatabase({ engine: 'sqlite', path })).close()
})

test('a ledger written by a newer version is refused before anything is touched', async () => {
  const { database } = await openSqliteLedger()
  await sql`insert into kysely_migration (name, timestamp) values ('0099-contract-0098-tomorrow', '')`.execute(
    database.queries,
  )
  await expect(migrate(database.queries, 'sqlite')).rejects.toMatchObject({
    code: 'ledger_too_new',
    message: expect.stringContaining('schema 99 needs a release of schema 98'),
  })
})

test('a migration that ends in the middle leaves nothing behind', async () => {
  const database = await openDatabase({
    engine: 'sqlite',
    path: join(temporaryFolder(), 'ledger.db'),
  })
  await sql`create table posts (in_the_way integer)`.execute(database.queries)
  await expect(migrate(database.queries, 'sqlite')).rejects.toMatchObject({
    code: 'database_unavailable',
  })
  await sql`drop table posts`.execute(database.queries)
  await migrate(database.queries, 'sqlite')
  await database.close()
})

test('a folder that cannot be created is reported with its file and setting', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'file'), '')
  const path = join(folder, 'file', 'ledger.db')
  await expect(openDatabase({ engine: 'sqlite', path })).rejects.toEqual(
    expect.objectContaining({
      code: 'database_unavailable',
      message: expect.stringMatching(/file\/ledger\.db.*DATABASE_URL/),
    }),
  )
})

test('a file that is not a database is refused and left unchanged', async () => {
  const path = join(temporaryFolder(), 'ledger.db')
  writeFileSync(path, 'this is not a database, but a shopping list\n'.repeat(100))
  await expect(openDatabase({ engine: 'sqlite', path })).rejects.toEqual(
    expect.objectContaining({ code: 'database_unavailable' }),
  )
  expect(existsSync(path)).toBe(true)
})

test('facts survive closing and opening again', async () => {
  const first = await openSqliteLedger()
  await first.ledger.record(payment('a'))
  await first.database.close()
  const second = await openSqliteLedger({ location: first.location })
  expect(await second.ledger.record(payment('a'))).toBe('duplicate')
  expect(await second.ledger.readTotals()).toMatchObject([{ total: 1 }])
})
