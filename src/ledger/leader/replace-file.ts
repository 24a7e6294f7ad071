import { open, readFile, rename, rm } from 'node:fs/promises'
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

/** Replaces the file atomically and durably: after a crash either the old or the new content is there. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const newPath = `${path}.new`
  const file = await open(newPath, 'w')
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await renameFile(newPath, path)
}

/** Resolves when the new name is on disk. */
export async function renameFile(from: string, to: string): Promise<void> {
  await rename(from, to)
  await syncFolder(dirname(to))
}

/** Resolves when the file is gone from the disk, or was not there. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true })
  await syncFolder(dirname(path))
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
