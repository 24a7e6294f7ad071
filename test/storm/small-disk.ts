import { execFileSync } from 'node:child_process'
import { chmodSync, closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** A disk of a few megabytes that can be full. */
export interface SmallDisk {
  readonly folder: string
  fill(): void
  free(): void
}

const chunkBytes = 4_096

/** Undefined where this user may not mount one. */
export const mountSmallDisk = (
  stack: AsyncDisposableStack,
  parent: string,
  megabytes: number,
): SmallDisk | undefined => {
  const folder = join(parent, `disk-${megabytes}`)
  mkdirSync(folder)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], {
      stdio: 'ignore',
    })
  } catch {
    return undefined
  }
  stack.defer(() => void execFileSync('umount', ['-l', folder]))
  chmodSync(folder, 0o777)
  const balloon = join(folder, 'balloon')
  return {
    folder,
    fill: () => {
      const file = openSync(balloon, 'a')
      try {
        for (;;) writeSync(file, Buffer.alloc(chunkBytes))
      } catch {
        // Full, as it should be.
      } finally {
        closeSync(file)
      }
    },
    free: () => rmSync(balloon, { force: true }),
  }
}
