import type { Kysely } from 'kysely'
import type { Schema } from '../../database/schema.ts'
import { parseSeriesId, type Shown } from './high-water-mark.ts'

/** What an operator changes of a ledger while no process uses it. */
export interface Amendment {
  /** The beginning of the ledger's population, in milliseconds. */
  readonly genesis?: number
  /** Ends the series: the next one begins at this instant, in milliseconds, at the committed totals. */
  readonly newSeriesAt?: number
  /** What was shown last: the new series comes after that one too. */
  readonly shown?: Shown | undefined
}

/**
 * Amends the ledger in one transaction, and has the next sweep and reconcile read from the genesis on.
 * Whole seconds, as Stripe counts them. The first series begins with the ledger and moves with it.
 */
export function amendLedger(queries: Kysely<Schema>, amendment: Amendment): Promise<void> {
  return queries.transaction().execute(async (transaction) => {
    const row = await transaction.selectFrom('ledger').selectAll().executeTakeFirstOrThrow()
    const genesis = toWholeSecond(amendment.genesis ?? row.genesis)
    const { newSeriesAt, shown } = amendment
    const began = row.series_began_at === row.genesis ? genesis : row.series_began_at
    const last = Math.max(
      row.series,
      row.ended_series ?? 0,
      shown === undefined ? 0 : seriesOf(shown, row.ledger_id),
    )
    await transaction
      .updateTable('ledger')
      .set({
        genesis,
        series: newSeriesAt === undefined ? row.series : nextSeries(last, newSeriesAt),
        series_began_at: newSeriesAt === undefined ? began : toWholeSecond(newSeriesAt),
      })
      .execute()
    await transaction
      .updateTable('rounds')
      .set({ position: null, succeeded_at: null, report: null })
      .where('name', 'in', ['sweep', 'reconcile'])
      .execute()
  })
}

/**
 * The millisecond since 1970 at which it begins: a backup that is put back and recovered twice gives two
 * different series, as the ledger itself cannot remember the first. The second would not do: with a clock
 * that is set back by one in between both would have the same name.
 */
function nextSeries(last: number, beganAtMs: number): number {
  return Math.max(last + 1, beganAtMs)
}

function seriesOf(shown: Shown, ledgerId: string): number {
  const parsed = parseSeriesId(shown.seriesId)
  return parsed.ledgerId === ledgerId ? parsed.series : 0
}

function toWholeSecond(instantMs: number): number {
  return Math.floor(instantMs / 1000) * 1000
}
