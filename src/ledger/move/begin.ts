import { type Kysely, sql } from 'kysely'
import { migrateSealed } from '../../database/migrate.ts'
import type { Schema } from '../../database/schema.ts'
import type { LedgerMoveRow } from '../../database/seal-state.ts'
import { AppError } from '../../errors.ts'
import type { Databases } from './copy-table.ts'
import { readSourceSeal, sealSource } from './source-seal.ts'
import type { MovedTable } from './tables.ts'
import { readTargetState, refreshRow, sealTarget } from './target-seal.ts'

export interface Places {
  /** The path of the SQLite file. */
  readonly from: string
  /** The address of the target, without user and password. */
  readonly to: string
}

/**
 * Seals both sides, the file first, or finds them sealed by an attempt that was interrupted. Resolves with the file's
 * seal; undefined if the move to this target was completed before. Throws `ledger_mismatch` if the target is not empty
 * or the ledger has gone elsewhere; then nothing was changed.
 */
export async function beginMove(
  { source, target }: Databases,
  tables: readonly MovedTable[],
  places: Places,
  now: () => number,
): Promise<LedgerMoveRow | undefined> {
  const seal = await readSourceSeal(source)
  const state = await readTargetState(target, tables)
  const row = await source.selectFrom('ledger').selectAll().executeTakeFirstOrThrow()
  if (state.kind === 'in use') {
    if (seal?.state === 'left' && state.ledgerId === row.ledger_id) return undefined
    throw inUse(places, state.table, state.ledgerId)
  }
  if (state.kind === 'arriving' && state.seal.token !== seal?.token) throw otherMove(state.seal)
  if (state.kind === 'empty' && seal?.state === 'left') throw gone(seal)
  await requireUnicode(target)
  await migrateSealed(target, 'postgres')
  if (state.kind === 'arriving' && seal !== undefined) {
    await refreshRow(target, row)
    return seal
  }
  const sealed = await sealSource(source, places.to, now())
  await sealTarget(target, row, { ...sealed, state: 'arriving', place: places.from })
  return sealed
}

async function requireUnicode(target: Kysely<Schema>): Promise<void> {
  const { rows } = await sql<{ server_encoding: string }>`show server_encoding`.execute(target)
  const encoding = rows[0]?.server_encoding
  if (encoding !== 'UTF8')
    throw new AppError(
      'invalid_request',
      `--to: the database has the encoding ${encoding}, which cannot hold every text: create it with encoding UTF8`,
    )
}

function inUse({ to }: Places, table: string, ledgerId: string | undefined): AppError {
  const holder = ledgerId === undefined ? '' : `, of the ledger ${ledgerId}`
  return new AppError(
    'ledger_mismatch',
    `--to: ${to} is not empty: its table ${table} has rows${holder}. Two ledgers are never merged, because their totals and series would be: ` +
      'name an empty database, or an empty schema by ?options=-c%20search_path%3Dname',
  )
}

function otherMove({ place, since }: LedgerMoveRow): AppError {
  return new AppError(
    'ledger_mismatch',
    `--to: the database holds the incomplete copy of another move, from ${place}, begun ${new Date(since).toISOString()}: ` +
      'if that was cancelled, drop the database and create it again',
  )
}

function gone({ place, since }: LedgerMoveRow): AppError {
  return new AppError(
    'ledger_mismatch',
    `this ledger was moved to ${place} at ${new Date(since).toISOString()}: it cannot be moved a second time, ` +
      'because both copies would record. Copy that database with pg_dump instead',
  )
}
