import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Note } from './carry-over.ts'

/**
 * Reports each folder of these files that users other than this process's may write to, once. Its mode is left
 * as it is: it may be `/tmp`, or a mounted volume.
 */
export function noteSharedFolders(files: readonly string[], note: Note): void {
  const ownGroups = [process.getegid?.(), ...(process.getgroups?.() ?? [])]
  for (const folder of new Set(files.map((file) => dirname(file)))) {
    const { mode, gid } = statSync(folder)
    // A Kubernetes volume with fsGroup is writable by a group of this process.
    const isForeignGroup = !ownGroups.includes(gid)
    if ((mode & 0o002) === 0 && ((mode & 0o020) === 0 || !isForeignGroup)) continue
    note(
      `other users may write to the folder ${folder} (mode ${(mode & 0o7777).toString(8)}): they cannot read its files, which are 0600, but may be able to replace them. ` +
        `Run chmod 700 ${folder}, or give DATABASE_URL a path in a folder of its own`,
    )
  }
}
