import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { migrate } from '../../src/database/migrate.ts'
import { type LedgerDatabase, openDatabase } from '../../src/database/open.ts'
import type { Total } from '../../src/ledger/fact.ts'
import { openIdentity } from '../../src/ledger/identity.ts'
import { createLedger, type Ledger } from '../../src/ledger/ledger.ts'
import { temporaryFolder } from './temporary-folder.ts'

export interface TestLedger {
  readonly ledger: Ledger
  readonly database: Extract<LedgerDatabase, { engine: 'sqlite' }>
  readonly path: string
  /** The totals that each commit told of. */
  readonly committed: Total[]
}

/** The instant at which every test's ledger begins. */
export const genesis = Date.UTC(2026, 0, 1)

/** A real ledger on a real SQLite file, closed when the test ends. */
export const openTestLedger = async (
  options: { readonly path?: string; readonly pendingMax?: number } = {},
): Promise<TestLedger> => {
  const path = options.path ?? join(temporaryFolder(), 'ledger.db')
  const database = openDatabase({ engine: 'sqlite', path: path })
  if (database.engine !== 'sqlite') throw new Error('a SQLite ledger was asked for')
  onTestFinished(() => database.close())
  await migrate(database.queries, 'sqlite')
  const identity = await openIdentity(database.queries, {
    population: 'test',
    account: 'acct_1',
    now: genesis,
    createLedgerId: () => 'ledger01',
  })
  const committed: Total[] = []
  const ledger = createLedger({
    database,
    identity,
    now: () => genesis + 1000,
    onCommitted: (totals) => committed.push(...totals),
    ...(options.pendingMax === undefined ? {} : { pendingMax: options.pendingMax }),
  })
  return { ledger, database, path, committed }
}
