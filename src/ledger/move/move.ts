import { beginMove, type Places } from './begin.ts'
import { compareTable, type TableComparison } from './compare-table.ts'
import { copyTable, type Databases } from './copy-table.ts'
import { completeSourceSeal } from './source-seal.ts'
import { countRows, type MovedTable, readTables } from './tables.ts'
import { openTarget } from './target-seal.ts'

export interface Move extends Databases {
  readonly places: Places
  readonly now: () => number
  /** Reports what is under way. */
  readonly report: (line: string) => void
}

export interface MoveResult {
  /** `moved` now, moved `before`, or `different`: the copy differs, and both sides stay sealed. */
  readonly outcome: 'moved' | 'before' | 'different'
  /** Empty if it was moved before. */
  readonly tables: readonly TableComparison[]
}

/**
 * Moves a SQLite ledger that no process uses to an empty PostgreSQL. At every moment at most one of the two can be
 * started: both are sealed while the tables are copied and compared, then the file is sealed for good, and only then is
 * the copy opened. After an interruption at any point, the same call continues.
 */
export async function moveTables(move: Move): Promise<MoveResult> {
  const { source, target, places, now, report } = move
  const tables = await readTables(source)
  const seal = await beginMove(move, tables, places, now)
  if (seal === undefined) return { outcome: 'before', tables: [] }
  for (const table of tables) await copyReporting(move, table)
  report('comparing both sides')
  const compared: TableComparison[] = []
  for (const table of tables) compared.push(await compareTable(move, table))
  if (compared.some(({ isEqual }) => !isEqual)) return { outcome: 'different', tables: compared }
  await completeSourceSeal(source, now())
  await openTarget(target, seal)
  return { outcome: 'moved', tables: compared }
}

const reportEveryRows = 100_000

async function copyReporting(move: Move, table: MovedTable): Promise<void> {
  const all = await countRows(move.source, table)
  let reported = 0
  let copied = 0
  await copyTable(move, table, (rows) => {
    copied = rows
    if (rows < reported + reportEveryRows) return
    reported = rows
    move.report(`${table.name}: ${format(rows)} of ${format(all)} rows copied`)
  })
  if (copied > reported) move.report(`${table.name}: ${format(copied)} rows copied`)
}

function format(count: number): string {
  return count.toLocaleString('en-US')
}
