import type { Kysely } from 'kysely'
import { explainUnreachable } from '../database/explain-unreachable.ts'
import type { LedgerRow, Schema } from '../database/schema.ts'
import { refuseSealed, sealedMode } from '../database/seal.ts'
import { AppError } from '../errors.ts'

/**
 * Returns the ledger's one row; undefined if there is no ledger yet. Throws `database_unavailable` with the
 * reason if it cannot be read, and `ledger_mismatch` if it is being moved or was moved.
 */
export async function readLedgerRow(queries: Kysely<Schema>): Promise<LedgerRow | undefined> {
  try {
    const row = await queries.selectFrom('ledger').selectAll().executeTakeFirst()
    if (row !== undefined && !('generation' in row)) throw ofEarlierVersion()
    if (row?.mode === sealedMode) await refuseSealed(queries)
    return row
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    if (hasNoTable(cause)) return undefined
    throw new AppError(
      'database_unavailable',
      `the ledger at DATABASE_URL cannot be read (${explainUnreachable(cause)}): check DATABASE_URL and that the server runs`,
      { cause },
    )
  }
}

function ofEarlierVersion(): AppError {
  return new AppError(
    'database_unavailable',
    'the ledger was written by an earlier version: start the service once, which brings it up to date',
  )
}

/** Whether the table is missing, as PostgreSQL (undefined_table) and SQLite report it. */
function hasNoTable(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    (('code' in cause && cause.code === '42P01') || /no such table/.test(cause.message))
  )
}
