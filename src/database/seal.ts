import type { Kysely } from 'kysely'
import { AppError } from '../errors.ts'
import type { Schema } from './schema.ts'
import type { SealState } from './seal-state.ts'

/** A table of one row; it exists only while the ledger is being moved, and for ever in a SQLite ledger that was moved. */
export const sealTable = 'ledger_move'

/**
 * The mode of a ledger that may not be used. Every version of the service refuses a ledger of another mode than its
 * settings, so one that does not know the seal cannot open it either.
 */
export const sealedMode = 'moved'

/** Throws `ledger_mismatch` with what to do, for a ledger that has the seal's table. */
export async function refuseSealed(queries: Kysely<Schema>): Promise<never> {
  const seal = await queries.selectFrom(sealTable).selectAll().executeTakeFirst()
  if (seal === undefined)
    throw new AppError('ledger_mismatch', `the ledger's table ${sealTable} has no row`)
  const { state, place, since } = seal
  const when = new Date(since).toISOString()
  throw new AppError('ledger_mismatch', explanations[state](place, when))
}

type Explain = (place: string, when: string) => string

const explanations: Readonly<Record<SealState, Explain>> = {
  leaving: (place, when) =>
    `this ledger is being moved to ${place} since ${when}, and the copy is not complete: stop every process, then run ` +
    '"npm run move-ledger -- --to postgres://…" again, which continues it, or "npm run move-ledger -- --cancel" to go on with this file',
  left: (place, when) =>
    `this ledger was moved to ${place} at ${when}, and this file is sealed: give DATABASE_URL the address of that database`,
  arriving: (place, when) =>
    `a ledger is being moved into this database from ${place} since ${when}, and the copy is not complete: run ` +
    '"npm run move-ledger" again where that file is, or drop this database if the move was cancelled',
}
