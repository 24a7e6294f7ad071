import { existsSync } from 'node:fs'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const memory = '/dev/shm'

/** A folder in memory where there is one, for scenarios that do not ask whether the disk keeps its word. */
export function inMemory(slow: string, stack: AsyncDisposableStack): string {
  return existsSync(memory) ? temporaryFolder(stack, memory) : slow
}
