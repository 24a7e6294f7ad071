import type { Kysely } from 'kysely'
import type { Schema } from '../../database/schema.ts'
import { type HighWaterMark, parseSeriesId } from './high-water-mark.ts'

/** An operator's change to a ledger that no process uses. */
export interface Amendment {
  /** The new genesis, in milliseconds. */
  readonly genesis?: number
  /** Ends the series: the next one begins at this instant, in milliseconds, at the committed totals. */
  readonly newGenerationAt?: number
  /** The last exposed totals: the new series comes after that series too. */
  readonly mark?: HighWaterMark | undefined
}

/**
 * Amends the ledger in one transaction and resets sweep and reconcile to start at the genesis.
 * Instants are rounded down to whole seconds, Stripe's resolution. The first series begins no later than
 * the genesis.
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
 * The Unix time in milliseconds at which the generation begins, so that a backup that is restored and
 * recovered twice yields two different series, although the ledger cannot remember the first. Seconds
 * would not be enough: a clock set back by one second in between would give both the same name.
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
