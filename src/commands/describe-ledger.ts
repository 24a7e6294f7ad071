import type { LedgerRow } from '../database/schema.ts'
import type { Total } from '../ledger/fact.ts'
import type { Shown } from '../ledger/leader/high-water-mark.ts'

/** The series id of a ledger's row. */
export function seriesIdOf({ ledger_id: ledgerId, series }: LedgerRow): string {
  return `${ledgerId}-${series}`
}

/** Lines that tell a person which ledger this is and what it holds. */
export function describeLedger(
  row: LedgerRow,
  committed: readonly Total[],
  shown: Shown | undefined,
): readonly string[] {
  return [
    `ledger  ${row.ledger_id}, ${row.population} payments of ${row.account ?? 'an account not known yet'}`,
    `genesis ${toIso(row.genesis)}`,
    `series  ${seriesIdOf(row)} since ${toIso(row.series_began_at)}`,
    ...describeTotals(committed, shown),
  ]
}

function describeTotals(committed: readonly Total[], shown: Shown | undefined): readonly string[] {
  const shownByName = new Map(shown?.totals.map((total) => [nameOf(total), total.total]))
  const committedByName = new Map(committed.map((total) => [nameOf(total), total.total]))
  const names = new Set([...committedByName.keys(), ...shownByName.keys()])
  return [...names].toSorted().map((name) => {
    const total = committedByName.get(name) ?? 0
    const before = shownByName.get(name)
    return `total   ${name}: ${total}${before === undefined ? '' : `, was shown as ${before}`}`
  })
}

function nameOf({ counter, label }: Total): string {
  return label === '' ? counter : `${counter} ${label}`
}

export function toIso(instantMs: number): string {
  return new Date(instantMs).toISOString()
}
