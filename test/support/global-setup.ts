import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres-server.ts'

/** One real PostgreSQL for all test files: the one at TEST_POSTGRES_URL, else one of our own. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env.TEST_POSTGRES_URL
  if (given !== undefined) {
    project.provide('postgresUrl', given)
    return undefined
  }
  const stack = new AsyncDisposableStack()
  const server = await startPostgres(stack)
  project.provide('postgresUrl', server.url)
  return () => stack.disposeAsync()
}
