import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { AppError } from '../errors.ts'

/** Linux lists mount points here; other systems have no such file. */
const mountsFile = '/proc/self/mountinfo'

/**
 * The real path of a ledger's file, whatever symbolic links lead to it: its log and its lock are beside it.
 * Throws `database_unavailable` for a file with a second hard link and for one that is itself a mount point:
 * under another name it would have another log and another lock.
 * https://www.sqlite.org/howtocorrupt.html
 */
export function resolveLedgerPath(path: string, mounts: string = readMounts()): string {
  const realPath = existsSync(path) ? realpathSync(path) : resolveNew(path)
  if ((statSync(realPath, { throwIfNoEntry: false })?.nlink ?? 1) > 1)
    throw new AppError(
      'database_unavailable',
      `the ledger ${realPath} has a second hard link: under that name SQLite keeps another log, and commits are lost. Remove the other name`,
    )
  if (isMountPoint(realPath, mounts))
    throw new AppError(
      'database_unavailable',
      `the ledger ${realPath} is itself a mount point: its log, ${basename(realPath)}-wal, would stay behind in the container. Mount the folder that holds it`,
    )
  return realPath
}

function resolveNew(path: string): string {
  const folder = dirname(resolve(path))
  return existsSync(folder) ? join(realpathSync(folder), basename(path)) : resolve(path)
}

function readMounts(): string {
  return existsSync(mountsFile) ? readFileSync(mountsFile, 'utf8') : ''
}

/** The fifth field of a line is the mount point, with spaces and the like in octal. See proc(5). */
function isMountPoint(path: string, mounts: string): boolean {
  return mounts.split('\n').some((line) => {
    const point = line.split(' ')[4] ?? ''
    return point.replaceAll(/\\([0-7]{3})/g, (_, code) => fromOctal(code)) === path
  })
}

function fromOctal(code: string): string {
  return String.fromCharCode(Number.parseInt(code, 8))
}
