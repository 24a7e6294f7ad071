import { randomUUID } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { Schema } from '../../database/schema.ts'
import { sealedMode, sealTable } from '../../database/seal.ts'
import type { LedgerMoveRow } from '../../database/seal-state.ts'

/** The seal of a SQLite ledger; undefined if it has none. */
export async function readSourceSeal(queries: Kysely<Schema>): Promise<LedgerMoveRow | undefined> {
  const { rows } = await sql`
    select name from sqlite_schema where type = 'table' and name = ${sealTable}`.execute(queries)
  if (rows.length === 0) return undefined
  return queries.selectFrom(sealTable).selectAll().executeTakeFirstOrThrow()
}

/**
 * Seals a SQLite ledger for a move to `place`, in one transaction: from then on no process starts on it. A token that a
 * former attempt made is replaced, so that what that one may have left anywhere can never be opened.
 */
export async function sealSource(
  queries: Kysely<Schema>,
  place: string,
  now: number,
): Promise<LedgerMoveRow> {
  const former = await readSourceSeal(queries)
  const sealed = await queries.transaction().execute(async (transaction) => {
    const { mode } = await transaction.selectFrom('ledger').select('mode').executeTakeFirstOrThrow()
    const seal: LedgerMoveRow = {
      id: 1,
      token: randomUUID(),
      state: 'leaving',
      place,
      mode: former?.mode ?? mode,
      since: now,
    }
    if (former === undefined)
      await sql`
        create table ${sql.table(sealTable)} (
          id integer primary key check (id = 1), token text not null, state text not null,
          place text not null, mode text not null, since integer not null
        ) strict`.execute(transaction)
    await transaction.deleteFrom(sealTable).execute()
    await transaction.insertInto(sealTable).values(seal).execute()
    await transaction.updateTable('ledger').set({ mode: sealedMode }).execute()
    return seal
  })
  await mergeLog(queries)
  return sealed
}

/** Records on disk that the ledger has left for good. */
export async function completeSourceSeal(queries: Kysely<Schema>, now: number): Promise<void> {
  await queries
    .updateTable(sealTable)
    .set({ state: 'left', since: now })
    .where('state', '=', 'leaving')
    .execute()
  await mergeLog(queries)
}

/** The seal is in the file itself, not only in its `-wal`, which might not be copied with it. */
async function mergeLog(queries: Kysely<Schema>): Promise<void> {
  await sql`pragma wal_checkpoint(full)`.execute(queries)
}

/** Opens a ledger again whose move has not been completed. */
export async function unsealSource(queries: Kysely<Schema>, seal: LedgerMoveRow): Promise<void> {
  await queries.transaction().execute(async (transaction) => {
    await transaction.updateTable('ledger').set({ mode: seal.mode }).execute()
    await transaction.schema.dropTable(sealTable).execute()
  })
}
