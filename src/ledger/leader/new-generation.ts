import type { Kysely } from 'kysely'
import type { Schema } from '../../database/schema.ts'
import { type HighWaterMark, parseSeriesId } from './high-water-mark.ts'

/** What an operator changes of a ledger while no process uses it. */
export interface Amendment {
  /** The beginning of the ledger's mode, in milliseconds. */
  readonly genesis?: number
  /** Ends the series: the next one begins at this instant, in milliseconds, at the committed totals. */
  readonly newGenerationAt?: number
  /** What was exposed last: the new series comes after that one too. */
  readonly mark?: HighWaterMark | undefined
}

/**
 * Amends the ledger in one transaction, and has the next sweep and reconcile read from the genesis on.
 * Whole seconds, as Stripe counts them. The first series begins no later than what it counts.
 */
export function amendLedger(queries: Kysely<Schema>, amendment: Amendment): Promise<void> {
  return queries.transaction().execute(async (transaction) => {
    const row = await transaction.selectFrom('ledger').selectAll().executeTakeFirstOrThrow()
    const { newGenerationAt, mark } = amendment
    const genesis = amendment.genesis === undefined ? row.genesis : toWholeSecond(amendment.genesis)
    const began =
      row.generation === 1
        ? Math.min(genesis ?? row.generation_began_at, row.generation_began_at)
        : row.generation_began_at
    const last = Math.max(
      row.generation,
      row.ended_generation ?? 0,
      mark === undefined ? 0 : generationOf(mark, row.ledger_id),
    )
    await transaction
      .updateTable('ledger')
      .set({
        genesis,
        generation:
          newGenerationAt === undefined ? row.generation : nextGeneration(last, newGenerationAt),
        generation_began_at: newGenerationAt === undefined ? began : toWholeSecond(newGenerationAt),
      })
      .execute()
    await transaction
      .updateTable('sync_state')
      .set({ position: null, succeeded_at: null, report: null, progress: null })
      .where('name', 'in', ['sweep', 'reconcile'])
      .execute()
  })
}

/**
 * The millisecond since 1970 at which it begins: a backup that is put back and recovered twice gives two
 * different series, as the ledger itself cannot remember the first. The second would not do: with a clock
 * that is set back by one in between both would have the same name.
 */
function nextGeneration(last: number, beganAtMs: number): number {
  return Math.max(last + 1, beganAtMs)
}

function generationOf(mark: HighWaterMark, ledgerId: string): number {
  const parsed = parseSeriesId(mark.seriesId)
  return parsed.ledgerId === ledgerId ? parsed.generation : 0
}

function toWholeSecond(instantMs: number): number {
  return Math.floor(instantMs / 1000) * 1000
}
