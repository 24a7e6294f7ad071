import { execFileSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './temporary-folder.ts'

const root = join(import.meta.dirname, '../..')

/** Bundles the service as it is into a folder that goes with the stack; returns the file to start. */
export function buildBundle(stack?: AsyncDisposableStack): string {
  const folder = temporaryFolder(stack)
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const dist = join(folder, 'dist')
  execFileSync(process.execPath, [join(root, 'deploy/bundle.ts'), '--to', dist])
  return join(dist, 'start.mjs')
}
