import { AppError } from '../../errors.ts'
import type { Total } from '../fact.ts'
import { type HighWaterMark, readMark, writeMark } from './mark-file.ts'
import { removeFile, renameFile } from './replace-file.ts'

export type { HighWaterMark }

/**
 * The highest exposed totals, stored beside a SQLite ledger. They reveal a ledger that was restored
 * from an older backup while no process ran.
 */
export interface HighWaterMarkFile {
  /**
   * Undefined if nothing was ever exposed. Migrates the file of an earlier version first.
   * Throws `database_unavailable` if the file cannot be parsed.
   */
  read(): Promise<HighWaterMark | undefined>
  /**
   * Resolves when the file on disk holds at least these totals; does nothing if it already does.
   * A series' totals never fall; a different series id starts over. Throws `database_unavailable`.
   */
  write(totals: readonly Total[], seriesId: string): Promise<void>
  /**
   * Resolves when there is a file on disk: if there was none, creates one for this series without totals.
   * From then on a lost ledger is noticed even if nothing was exposed yet. Throws `database_unavailable`.
   */
  begin(seriesId: string): Promise<void>
  /** Removes the file: the next series starts at the committed totals. */
  remove(): Promise<void>
}

const suffix = '.high-water-mark'
/** The suffix in early builds of version 0.1.0. */
export const formerSuffix = '.shown'

/** The path of a ledger's high-water mark. */
export function highWaterMarkPathOf(ledgerPath: string): string {
  return `${ledgerPath}${suffix}`
}

/** A file of an earlier version is renamed first, which is reported to `note`. */
export function createHighWaterMarkFile(
  path: string,
  note: (message: string) => void = () => undefined,
): HighWaterMarkFile {
  const formerPath = path.slice(0, -suffix.length) + formerSuffix
  let highest: HighWaterMark | undefined
  let last: Promise<void> = Promise.resolve()

  const read = async (): Promise<HighWaterMark | undefined> => {
    const former = await readMark(formerPath)
    if (former !== undefined) await carryOver(former)
    highest = await readMark(path)
    return highest
  }

  /** Both files exist after a crash in this function, or after restoring a backup of an earlier version. */
  const carryOver = async (former: HighWaterMark): Promise<void> => {
    const mark = await readMark(path)
    if (mark === undefined) renameFile(formerPath, path)
    else {
      writeMark(path, laterOf(mark, former, formerPath))
      await removeFile(formerPath)
    }
    note(`${formerPath}, what an earlier version exposed, is now ${path}`)
  }

  const raise = async (totals: readonly Total[], seriesId: string): Promise<void> => {
    highest ??= await read()
    const mark = highest?.seriesId === seriesId ? highest.totals : []
    const raised = highestOf(mark, totals)
    if (raised === undefined && highest?.seriesId === seriesId) return
    const next: HighWaterMark = { seriesId, totals: raised ?? mark }
    writeMark(path, next)
    highest = next
  }

  const oneByOne = (work: () => Promise<void>): Promise<void> => {
    const turn = last.then(work)
    last = turn.catch(() => undefined)
    return turn
  }

  return {
    read,
    write: (totals, seriesId) => oneByOne(() => raise(totals, seriesId)),
    begin: (seriesId) =>
      oneByOne(async () => {
        if ((await read()) === undefined) await raise([], seriesId)
      }),
    remove: () =>
      oneByOne(async () => {
        await removeFile(path)
        await removeFile(formerPath)
        highest = undefined
      }),
  }
}

/**
 * Whether a ledger holds less than its series exposed, or is at an earlier generation than the one exposed
 * last. A mark of another ledger is ignored.
 */
export function fallsBelow(
  mark: HighWaterMark,
  seriesId: string,
  committed: readonly Total[],
): boolean {
  const was = parseSeriesId(mark.seriesId)
  const is = parseSeriesId(seriesId)
  if (was.ledgerId !== is.ledgerId || was.generation < is.generation) return false
  if (was.generation > is.generation) return true
  return highestOf(committed, mark.totals) !== undefined
}

/**
 * The mark of the later generation; for the same generation, the higher of each total. Throws
 * `database_unavailable` for marks of two ledgers: it is unknown which of them was exposed here.
 */
function laterOf(mark: HighWaterMark, former: HighWaterMark, formerPath: string): HighWaterMark {
  const [one, other] = [parseSeriesId(mark.seriesId), parseSeriesId(former.seriesId)]
  if (one.ledgerId !== other.ledgerId)
    throw new AppError(
      'database_unavailable',
      `${formerPath} holds what the ledger ${other.ledgerId} exposed, and beside it is the high-water mark of the ledger ${one.ledgerId}: ` +
        'move away the one that does not belong to this ledger, or run "npm run recover -- --yes" to begin a new series',
    )
  if (one.generation !== other.generation) return one.generation > other.generation ? mark : former
  return { seriesId: mark.seriesId, totals: highestOf(mark.totals, former.totals) ?? mark.totals }
}

/** The two parts of `<ledger id>-<n>`. */
export function parseSeriesId(seriesId: string): { ledgerId: string; generation: number } {
  const end = seriesId.lastIndexOf('-')
  return { ledgerId: seriesId.slice(0, end), generation: Number(seriesId.slice(end + 1)) }
}

/** The higher of each total; undefined if none of `others` is higher. */
function highestOf(
  totals: readonly Total[],
  others: readonly Total[],
): readonly Total[] | undefined {
  const highest = new Map(totals.map((total) => [nameOf(total), total]))
  const higher = others.filter((other) => other.total > (highest.get(nameOf(other))?.total ?? 0))
  if (higher.length === 0) return undefined
  for (const { counter, label, total } of higher)
    highest.set(nameOf({ counter, label, total }), { counter, label, total })
  return [...highest.values()]
}

function nameOf({ counter, label }: Total): string {
  return `${counter} ${label}`
}
