import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const root = join(import.meta.dirname, '../..')

const hashes = new Map<string, string>()

/** Returns the files that a glob matches, from the root of the repository, sorted. */
export function listSources(glob: string): readonly string[] {
  return globSync(glob, { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort()
}

/**
 * Returns the sha256 of each glob's files, names included. Throws a RangeError when a glob matches nothing,
 * since a source that was moved would then never be newer. Files are read anew after `forgetHashes`.
 */
export function hashSources(globs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(globs.map((glob) => [glob, hashGlob(glob)]))
}

/** Makes the next `hashSources` read the files again. */
export function forgetHashes(): void {
  hashes.clear()
}

function hashGlob(glob: string): string {
  const known = hashes.get(glob)
  if (known !== undefined) return known
  const files = listSources(glob)
  if (files.length === 0) throw new RangeError(`the proof covers ${glob}, which matches no file`)
  const hash = createHash('sha256')
  for (const file of files) {
    const content = createHash('sha256')
      .update(readFileSync(join(root, file)))
      .digest('hex')
    hash.update(`${file} ${content}\n`)
  }
  const digest = hash.digest('hex')
  hashes.set(glob, digest)
  return digest
}
