import type { LedgerRow } from '../database/schema.ts'
import type { Places } from '../ledger/move/begin.ts'
import type { TableComparison } from '../ledger/move/compare-table.ts'
import type { MoveResult } from '../ledger/move/move.ts'
import { seriesIdOf } from './describe-ledger.ts'
import { formatTable } from './table.ts'

/** Lines that say what was compared and what to do next. */
export function describeMove(
  { outcome, tables }: MoveResult,
  { from, to }: Places,
  row: LedgerRow,
): readonly string[] {
  if (outcome === 'before')
    return ['', `It was moved to ${to} before, and ${from} is sealed: nothing was changed.`]
  const compared = formatTable([
    ['table', 'rows', 'checksum', ''],
    ...tables.flatMap(describeTable),
  ])
  if (outcome === 'different')
    return [
      '',
      ...compared,
      '',
      'The copy differs from the file, so neither can be started. Run "npm run move-ledger -- --cancel" to go on with the',
      'file, drop the database and create it again, and report this.',
    ]
  return [
    '',
    ...compared,
    '',
    `Both sides are equal. ${from} is sealed, and the ledger is in ${to}.`,
    '1. Give DATABASE_URL the address of that database and start the service.',
    `2. Its series carry instance="${seriesIdOf(row)}": scrape with honor_labels: true.`,
    '3. Compare with Stripe: npm run verify -- --since 30d',
    `Keep ${from} and its high-water mark where they are: a new ledger would begin there at 0.`,
  ]
}

function describeTable({ table, source, target, isEqual }: TableComparison) {
  const line = (side: string, { rows, checksum }: TableComparison['source']) => [
    `${table}${side}`,
    String(rows),
    checksum.toString(16),
  ]
  return isEqual
    ? [[...line('', source), 'equal']]
    : [
        [...line(', in the file', source), 'DIFFERENT'],
        [...line(', in PostgreSQL', target), 'DIFFERENT'],
      ]
}

/** The same as one JSON object. */
export function moveToJson(
  { outcome, tables }: MoveResult,
  { from, to }: Places,
  row: LedgerRow,
): string {
  return JSON.stringify({
    outcome,
    from,
    to,
    ledger_id: row.ledger_id,
    series_id: seriesIdOf(row),
    tables: tables.map(({ table, source, target, isEqual }) => ({
      table,
      equal: isEqual,
      rows: source.rows,
      checksum: source.checksum.toString(16),
      rows_in_target: target.rows,
      checksum_in_target: target.checksum.toString(16),
    })),
  })
}
