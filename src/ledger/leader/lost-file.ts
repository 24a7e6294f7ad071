import { existsSync, realpathSync, statSync } from 'node:fs'
import { AppError } from '../../errors.ts'
import { formerSuffix, highWaterMarkPathOf } from './high-water-mark.ts'

export interface LedgerFile {
  readonly path: string
  /** The path that an earlier version used. */
  readonly formerPath?: string
}

/** Whether the ledger's file is missing or empty although a high-water mark shows that it recorded facts. */
export function isFileLost({ path, formerPath }: LedgerFile): boolean {
  if (formerPath !== undefined && existsSync(formerPath)) return false
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0) return false
  const realPath = existsSync(path) ? realpathSync(path) : path
  return [highWaterMarkPathOf(realPath), `${realPath}${formerSuffix}`].some((mark) =>
    existsSync(mark),
  )
}

/** Throws `ledger_fell` if the file is lost: a new ledger in its place would expose its series from 0 again. */
export function refuseLostFile(file: LedgerFile): void {
  if (isFileLost(file))
    throw new AppError(
      'ledger_fell',
      `the ledger ${file.path} is missing or empty, and the high-water mark beside it says that it recorded facts: ` +
        'put the file back from a backup, or run "npm run recover" to begin a new series',
    )
}
