import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { buildBundle } from './build-bundle.ts'
import { startPostgres } from './postgres-server.ts'
import { temporaryFolder } from './temporary-folder.ts'

/**
 * What all test files share: one real PostgreSQL, at `TEST_POSTGRES_URL` or one of our own, and one bundle of the
 * service, which starts in half of the time of the source. `TEST_SERVICE_ENTRY` names another file to start.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stack = new AsyncDisposableStack()
  shareBundle(stack)
  const given = process.env.TEST_POSTGRES_URL
  project.provide('postgresUrl', given ?? (await startPostgres(stack)).url)
  return () => stack.disposeAsync()
}

function shareBundle(stack: AsyncDisposableStack): void {
  if (process.env.TEST_SERVICE_ENTRY !== undefined) return
  process.env.TEST_SERVICE_ENTRY = buildBundle(stack)
  process.env.TEST_COMPILE_CACHE = join(temporaryFolder(stack), 'compile')
}
