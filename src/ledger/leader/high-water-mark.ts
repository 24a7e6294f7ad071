import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { counterNames } from '../../../instrumentation/counters.ts'
import { AppError, messageOf } from '../../errors.ts'
import type { Total } from '../fact.ts'

/** The highest totals that a series ever exposed. */
export interface HighWaterMark {
  readonly seriesId: string
  readonly totals: readonly Total[]
}

/**
 * What was exposed, kept beside a SQLite ledger: a ledger put back from an older backup while nothing
 * ran is noticed by it.
 */
export interface HighWaterMarkFile {
  /** Undefined when nothing was ever exposed. Throws `database_unavailable` when it cannot be understood. */
  read(): Promise<HighWaterMark | undefined>
  /**
   * Resolves when the file holds at least these totals, on disk; does nothing when it already does.
   * A series' totals only rise; another series id begins anew. Throws `database_unavailable`.
   */
  write(totals: readonly Total[], seriesId: string): Promise<void>
  /** Forgets everything: the next series begins at whatever is committed. */
  remove(): Promise<void>
}

const contentSchema = z.object({
  series_id: z.string().min(1),
  totals: z.array(
    z.object({
      counter: z.enum(counterNames),
      label: z.string(),
      total: z.int().nonnegative(),
    }),
  ),
})

/** Where the file of a ledger is. */
export function highWaterMarkPathOf(ledgerPath: string): string {
  return `${ledgerPath}.high-water-mark`
}

export function createHighWaterMarkFile(path: string): HighWaterMarkFile {
  let highest: HighWaterMark | undefined
  let last: Promise<void> = Promise.resolve()

  const read = async (): Promise<HighWaterMark | undefined> => {
    const text = await readIfThere(path)
    highest = text === undefined ? undefined : parse(text, path)
    return highest
  }

  const raise = async (totals: readonly Total[], seriesId: string): Promise<void> => {
    highest ??= await read()
    const mark = highest?.seriesId === seriesId ? highest.totals : []
    const raised = highestOf(mark, totals)
    if (raised === undefined && highest?.seriesId === seriesId) return
    const next: HighWaterMark = { seriesId, totals: raised ?? mark }
    await replace(path, `${JSON.stringify({ series_id: seriesId, totals: next.totals })}\n`)
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
    remove: () =>
      oneByOne(async () => {
        await rm(path, { force: true })
        await syncFolder(dirname(path))
        highest = undefined
      }),
  }
}

/**
 * Whether a ledger holds less than its series showed, or stands at an earlier series than the one that
 * was exposed last. What another ledger showed is no matter.
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

/** The two parts of `<ledger id>-<n>`. */
export function parseSeriesId(seriesId: string): { ledgerId: string; generation: number } {
  const end = seriesId.lastIndexOf('-')
  return { ledgerId: seriesId.slice(0, end), generation: Number(seriesId.slice(end + 1)) }
}

/** The higher of each; undefined when none of `others` is higher. */
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

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw unreadable(path, cause)
  }
}

function parse(text: string, path: string): HighWaterMark {
  try {
    const content = contentSchema.parse(JSON.parse(text))
    return { seriesId: content.series_id, totals: content.totals }
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/** Writes beside it, syncs, renames, syncs the folder: after a crash it is the old one or the new one. */
async function replace(path: string, text: string): Promise<void> {
  const newPath = `${path}.new`
  try {
    const file = await open(newPath, 'w')
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(newPath, path)
    await syncFolder(dirname(path))
  } catch (cause) {
    throw new AppError(
      'database_unavailable',
      `what is exposed cannot be kept in ${path} (${messageOf(cause)}): let this user write there, and make room on the disk`,
      { cause },
    )
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function unreadable(path: string, cause: unknown): AppError {
  return new AppError(
    'database_unavailable',
    `${path}, which holds what was exposed, cannot be understood (${reasonOf(cause)}): ` +
      'put it back from a backup of its own time, or run "npm run recover -- --yes" to begin a new series',
    { cause },
  )
}

function reasonOf(cause: unknown): string {
  return cause instanceof z.ZodError
    ? cause.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
    : messageOf(cause)
}
