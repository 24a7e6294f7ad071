import { hashSources } from './hash-sources.ts'
import { readResult, resultFile } from './result.ts'

/**
 * Returns the files that are newer than the record of a part whose sources are files, not globs; undefined when the
 * part never ran. A file that is gone counts as newer.
 */
export function filesNewerThanProof(id: string): ReadonlySet<string> | undefined {
  const record = readResult(resultFile).parts[id]
  if (record === undefined) return undefined
  return new Set(
    Object.entries(record.sources)
      .filter(([file, hash]) => hashOf(file) !== hash)
      .map(([file]) => file),
  )
}

function hashOf(file: string): string | undefined {
  try {
    return hashSources([file])[file]
  } catch {
    return undefined
  }
}
