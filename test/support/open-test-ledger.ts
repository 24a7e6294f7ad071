import { join } from 'node:path'
import { sql } from 'kysely'
import { onTestFinished } from 'vitest'
import type { Engine } from '../../src/database/engine.ts'
import { migrate } from '../../src/database/migrate.ts'
import {
  type DatabaseLocation,
  type LedgerDatabase,
  openDatabase,
  type SqliteLedgerDatabase,
} from '../../src/database/open.ts'
import type { Total } from '../../src/ledger/fact.ts'
import { type Opening, openIdentity } from '../../src/ledger/identity.ts'
import { createLedger, type Ledger } from '../../src/ledger/record/ledger.ts'
import { temporaryDatabase } from './postgres.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface TestLedger {
  readonly ledger: Ledger
  readonly database: LedgerDatabase
  readonly location: DatabaseLocation
  /** The totals that each commit told of. */
  readonly committed: Total[]
}

export interface TestLedgerOptions {
  readonly location?: DatabaseLocation
  readonly pendingMax?: number
}

/** Both engines: suites about the ledger run on each. */
export const engines: readonly Engine[] = ['sqlite', 'postgres']

/** The instant at which every test's ledger begins. */
export const genesis = Date.UTC(2026, 0, 1)

/** A ledger's first start at this instant, with Stripe's clock observed at once. */
export function openedAt(instantMs: number): Pick<Opening, 'clock' | 'stripeNow'> {
  return { clock: () => sql<number>`${instantMs}`, stripeNow: instantMs }
}

/** A place for a ledger of the test's own. */
export async function temporaryLocation(engine: Engine): Promise<DatabaseLocation> {
  return engine === 'sqlite'
    ? { engine, path: join(temporaryFolder(), 'ledger.db') }
    : { engine, url: await temporaryDatabase() }
}

/** A real ledger on a real database, closed when the test ends. */
export async function openTestLedger(
  engine: Engine,
  options: TestLedgerOptions = {},
): Promise<TestLedger> {
  const location = options.location ?? (await temporaryLocation(engine))
  const database = await openDatabase(location)
  onTestFinished(() => database.close())
  await migrate(database.queries, database.engine)
  const identity = await openIdentity(database.queries, {
    mode: 'test',
    account: 'acct_1',
    ...openedAt(genesis),
    createLedgerId: () => 'ledger01',
  })
  const committed: Total[] = []
  const ledger = createLedger({
    database,
    shards: [0, 8],
    identity,
    now: () => genesis + 1000,
    onCommitted: (totals) => committed.push(...totals),
    ...(options.pendingMax === undefined ? {} : { pendingMax: options.pendingMax }),
  })
  return { ledger, database, location, committed }
}

/** The same on SQLite, for what is about the file. */
export async function openSqliteLedger(
  options: TestLedgerOptions = {},
): Promise<TestLedger & { readonly database: SqliteLedgerDatabase; readonly path: string }> {
  const opened = await openTestLedger('sqlite', options)
  const { database } = opened
  if (database.engine !== 'sqlite') throw new Error('a SQLite ledger was asked for')
  return { ...opened, database, path: database.path }
}
