import type { Kysely } from 'kysely'
import type { Clock } from '../database/clock.ts'
import type { LedgerRow, Schema } from '../database/schema.ts'
import { AppError } from '../errors.ts'
import { createGenesis, type Genesis, toWholeSecond } from './genesis.ts'

export type Mode = 'emulator' | 'test' | 'live'

/** Which ledger this is and whose payments it counts. */
export interface LedgerIdentity {
  readonly ledgerId: string
  /** `<ledger id>-<n>`; n is 1 for the first series, then the Unix time in milliseconds at which it began. */
  readonly seriesId: string
  /** The number of the generation: the n of the series id. */
  readonly generation: number
  readonly generationBeganAt: number
  /** Objects that Stripe created before this instant are not counted. */
  readonly genesis: Genesis
  readonly mode: Mode
  /** The Stripe account's id; null until Stripe was reached for the first time. */
  readonly account: string | null
}

export interface Opening {
  readonly mode: Mode
  readonly account: string | null
  /** The clock that all processes of the ledger share. */
  readonly clock: Clock
  /** Stripe's current time, in milliseconds, if it is known already. */
  readonly stripeNow?: number
  readonly createLedgerId: () => string
}

/**
 * Reads the ledger's identity, or creates it for a new ledger: the first start is now, and the genesis
 * is set when Stripe's time is known. Adds the account if the ledger had none.
 * Throws `ledger_mismatch` if the ledger belongs to another mode or account.
 */
export async function openIdentity(
  queries: Kysely<Schema>,
  opening: Opening,
): Promise<LedgerIdentity> {
  const { mode, account, clock, stripeNow } = opening
  await queries
    .insertInto('ledger')
    .values({
      id: 1,
      ledger_id: opening.createLedgerId(),
      generation: 1,
      generation_began_at: toWholeSecond(clock()),
      started_at: clock(),
      genesis: null,
      mode,
      account,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
  const row = await readRow(queries)
  if (row.mode !== mode)
    throw new AppError(
      'ledger_mismatch',
      `the ledger holds ${row.mode} payments, the settings ask for ${mode}: ` +
        'give DATABASE_URL another ledger, or STRIPE_SECRET_KEY a key of that mode',
    )
  if (account !== null) await claimAccount(queries, row, account)
  const genesis = createGenesis(queries, clock, row.genesis)
  if (stripeNow !== undefined) await genesis.establish(stripeNow)
  return toIdentity(row, mode, row.account ?? account, genesis)
}

/**
 * Ties the ledger to a Stripe account that became known after the start.
 * Throws `ledger_mismatch` if it already belongs to another account.
 */
export async function tieAccount(queries: Kysely<Schema>, account: string): Promise<void> {
  return claimAccount(queries, await readRow(queries), account)
}

/** The first process to tie the ledger wins, including one that ties it concurrently. */
async function claimAccount(
  queries: Kysely<Schema>,
  row: LedgerRow,
  account: string,
): Promise<void> {
  if (row.account === null)
    await queries.updateTable('ledger').set({ account }).where('account', 'is', null).execute()
  const tied = row.account ?? (await readRow(queries)).account
  if (tied !== account)
    throw new AppError(
      'ledger_mismatch',
      `the ledger belongs to the Stripe account ${tied}, the key in STRIPE_SECRET_KEY to ${account}: ` +
        'give DATABASE_URL another ledger, or use a key of that account',
    )
}

function readRow(queries: Kysely<Schema>): Promise<LedgerRow> {
  return queries.selectFrom('ledger').selectAll().executeTakeFirstOrThrow()
}

function toIdentity(
  row: LedgerRow,
  mode: Mode,
  account: string | null,
  genesis: Genesis,
): LedgerIdentity {
  return {
    ledgerId: row.ledger_id,
    seriesId: `${row.ledger_id}-${row.generation}`,
    generation: row.generation,
    generationBeganAt: row.generation_began_at,
    genesis,
    mode,
    account,
  }
}
