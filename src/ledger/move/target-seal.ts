import { type Kysely, sql } from 'kysely'
import type { LedgerRow, Schema } from '../../database/schema.ts'
import { sealedMode, sealTable } from '../../database/seal.ts'
import type { LedgerMoveRow } from '../../database/seal-state.ts'
import { AppError } from '../../errors.ts'
import type { MovedTable } from './tables.ts'

/** What a PostgreSQL database holds before a move. */
export type TargetState =
  | { readonly kind: 'empty' }
  | { readonly kind: 'arriving'; readonly seal: LedgerMoveRow }
  | { readonly kind: 'in use'; readonly table: string; readonly ledgerId: string | undefined }

/** Looks for rows in tables of these names, in the schema in which tables would be created. Changes nothing. */
export async function readTargetState(
  target: Kysely<Schema>,
  tables: readonly MovedTable[],
): Promise<TargetState> {
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = current_schema()`.execute(target)
  const there = new Set(rows.map(({ name }) => name))
  if (there.has(sealTable))
    return {
      kind: 'arriving',
      seal: await target.selectFrom(sealTable).selectAll().executeTakeFirstOrThrow(),
    }
  for (const { name } of tables.filter((table) => there.has(table.name)))
    if (await hasRow(target, name)) {
      const ledgerId = there.has('ledger') ? await readLedgerId(target) : undefined
      return { kind: 'in use', table: name, ledgerId }
    }
  return { kind: 'empty' }
}

async function hasRow(target: Kysely<Schema>, name: string): Promise<boolean> {
  const { rows } = await sql`select 1 from ${sql.table(name)} limit 1`.execute(target)
  return rows.length > 0
}

async function readLedgerId(target: Kysely<Schema>): Promise<string | undefined> {
  const row = await target.selectFrom('ledger').select('ledger_id').executeTakeFirst()
  return row?.ledger_id
}

/**
 * Takes an empty, migrated database for the ledger of `row`, in one transaction: its one row is there, in the sealed
 * mode, before anything else, so that no process starts on an incomplete copy. Throws `ledger_mismatch` if a process
 * has begun a ledger there meanwhile.
 */
export async function sealTarget(
  target: Kysely<Schema>,
  row: LedgerRow,
  seal: LedgerMoveRow,
): Promise<void> {
  await target.transaction().execute(async (transaction) => {
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('ledger')
      .values({ ...row, mode: sealedMode })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirstOrThrow()
    if (numInsertedOrUpdatedRows !== 1n)
      throw new AppError(
        'ledger_mismatch',
        'a process of the service began a ledger in the database of --to meanwhile: stop it, and create a new, empty database',
      )
    await sql`
      create table ${sql.table(sealTable)} (
        id bigint primary key check (id = 1), token text not null, state text not null,
        place text not null, mode text not null, since bigint not null
      )`.execute(transaction)
    await transaction.insertInto(sealTable).values(seal).execute()
  })
}

/** Brings the one row of an incomplete copy up to date: opening the file again may have changed it. */
export async function refreshRow(target: Kysely<Schema>, row: LedgerRow): Promise<void> {
  await target
    .updateTable('ledger')
    .set({ ...row, mode: sealedMode })
    .where('ledger_id', '=', row.ledger_id)
    .execute()
}

/** Opens the complete, verified copy, in one transaction: from then on the service starts on it. */
export async function openTarget(target: Kysely<Schema>, { mode }: LedgerMoveRow): Promise<void> {
  await target.transaction().execute(async (transaction) => {
    await transaction.updateTable('ledger').set({ mode }).where('mode', '=', sealedMode).execute()
    await transaction.schema.dropTable(sealTable).execute()
  })
}
