import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const memory = '/dev/shm'

/** A folder in memory where there is one, for scenarios that do not ask whether the disk keeps its word. */
export function inMemory(slow: string, stack: AsyncDisposableStack): string {
  if (!existsSync(memory)) return slow
  const folder = mkdtempSync(join(memory, 'chaos-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
