import type { Selectable } from 'kysely'
import type { Engine } from '../../src/database/engine.ts'
import { type DatabaseLocation, readDatabase } from '../../src/database/open.ts'
import type { LedgerRow, SyncStateTable } from '../../src/database/schema.ts'
import type { Fact } from '../../src/ledger/fact.ts'
import { openTestLedger } from './open-test-ledger.ts'

/** A ledger that a service used and left: it holds the facts, and has swept and reconciled. */
export async function leaveLedger(
  engine: Engine,
  facts: readonly Fact[] = [],
): Promise<DatabaseLocation> {
  const { ledger, database, location } = await openTestLedger(engine)
  await Promise.all(facts.map((fact) => ledger.record(fact)))
  await database.queries
    .insertInto('sync_state')
    .values(
      ['sweep', 'reconcile', 'lost_events'].map((name) => ({
        name,
        position: 5,
        succeeded_at: 6,
        report: '{}',
      })),
    )
    .execute()
  await database.close()
  return location
}

/** What a stopped ledger says of itself. */
export async function lookAt(
  location: DatabaseLocation,
): Promise<{ row: LedgerRow; syncState: readonly Selectable<SyncStateTable>[] }> {
  const database = await readDatabase(location)
  try {
    const { queries } = database
    return {
      row: await queries.selectFrom('ledger').selectAll().executeTakeFirstOrThrow(),
      syncState: await queries.selectFrom('sync_state').selectAll().orderBy('name').execute(),
    }
  } finally {
    await database.close()
  }
}

export function unread(name: string) {
  return { name, position: null, succeeded_at: null, report: null, progress: null }
}
export function untouched(name: string) {
  return { name, position: 5, succeeded_at: 6, report: '{}', progress: null }
}
