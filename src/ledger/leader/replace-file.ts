import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The file's text; undefined if there is no file. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw cause
  }
}

/**
 * Replaces the file atomically and durably: after a crash either the old or the new content is there.
 * Blocks the event loop for two syncs, as a commit of SQLite does for one. Of asynchronous calls each of eight would
 * wait for a turn of the event loop, and a scrape with them, which under full load takes milliseconds (measured).
 */
export function replaceFile(path: string, text: string): void {
  const newPath = `${path}.new`
  const file = openSync(newPath, 'w')
  try {
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameFile(newPath, path)
}

/** When it returns, the new name is on disk. */
export function renameFile(from: string, to: string): void {
  renameSync(from, to)
  syncFolder(dirname(to))
}

/** Resolves when the file is gone from the disk, or was not there. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true })
  syncFolder(dirname(path))
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
