import type { LedgerRow } from '../database/schema.ts'
import type { Total } from '../ledger/fact.ts'
import type { HighWaterMark } from '../ledger/leader/high-water-mark.ts'

/** The series id of a ledger's row. */
export function seriesIdOf({ ledger_id: ledgerId, generation }: LedgerRow): string {
  return `${ledgerId}-${generation}`
}

/** Lines that describe the ledger and what it holds. */
export function describeLedger(
  row: LedgerRow,
  committed: readonly Total[],
  mark: HighWaterMark | undefined,
): readonly string[] {
  return [
    `ledger  ${row.ledger_id}, ${row.mode} payments of ${row.account ?? 'an account not known yet'}`,
    `genesis ${describeGenesis(row.genesis)}`,
    `series  ${seriesIdOf(row)} since ${toIso(row.generation_began_at)}`,
    ...describeTotals(committed, mark),
  ]
}

function describeTotals(
  committed: readonly Total[],
  mark: HighWaterMark | undefined,
): readonly string[] {
  const markByName = new Map(mark?.totals.map((total) => [nameOf(total), total.total]))
  const committedByName = new Map(committed.map((total) => [nameOf(total), total.total]))
  const names = new Set([...committedByName.keys(), ...markByName.keys()])
  return [...names].toSorted().map((name) => {
    const total = committedByName.get(name) ?? 0
    const before = markByName.get(name)
    return `total   ${name}: ${total}${before === undefined ? '' : `, was exposed as ${before}`}`
  })
}

function nameOf({ counter, label }: Total): string {
  return label === '' ? counter : `${counter} ${label}`
}

/** When counting began, in readable form. */
export function describeGenesis(genesis: number | null): string {
  return genesis === null ? 'not known until Stripe responds' : toIso(genesis)
}

export function toIso(instantMs: number): string {
  return new Date(instantMs).toISOString()
}
