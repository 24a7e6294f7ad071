import { Kysely } from 'kysely'
import { onTestFinished } from 'vitest'
import { migrate } from '../../src/database/migrate.ts'
import type { SqliteLedgerDatabase } from '../../src/database/open.ts'
import { openSqlite } from '../../src/database/open-sqlite.ts'
import type { Schema } from '../../src/database/schema.ts'
import { sqliteDialect } from '../../src/database/sqlite-dialect.ts'
import { openIdentity } from '../../src/ledger/identity.ts'
import { genesis, openedAt } from './open-test-ledger.ts'

/**
 * SQLite with the ledger's tables in memory, for what is not about the file: nothing waits for a disk. `check`
 * stands in for the look at the file before and after each commit of a batch.
 */
export async function openMemoryDatabase(
  check: () => void = () => undefined,
): Promise<SqliteLedgerDatabase> {
  const path = ':memory:'
  const raw = openSqlite(path, 'full')
  const queries = new Kysely<Schema>({ dialect: sqliteDialect(raw) })
  const close = () => queries.destroy()
  onTestFinished(close)
  await migrate(queries, 'sqlite')
  return { engine: 'sqlite', path, queries, raw, files: { check }, close }
}

/** The same with the identity of a ledger that begins at the tests' genesis. */
export async function openMemoryLedger() {
  const database = await openMemoryDatabase()
  const identity = await openIdentity(database.queries, {
    mode: 'test',
    account: 'acct_1',
    ...openedAt(genesis),
    createLedgerId: () => 'ledger01',
  })
  return { database, identity }
}
