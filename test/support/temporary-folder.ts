import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeWithUs } from './cleanup.ts'
import { testStack } from './test-stack.ts'

/** A folder of its own for the running test, or for the stack, removed at its end. */
export function temporaryFolder(
  stack: AsyncDisposableStack = testStack(),
  parent: string = tmpdir(),
): string {
  const folder = mkdtempSync(join(parent, 'countinghouse-'))
  const removed = removeWithUs(folder)
  stack.defer(() => {
    rmSync(folder, { recursive: true, force: true })
    removed()
  })
  return folder
}
