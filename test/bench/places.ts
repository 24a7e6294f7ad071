import { join } from 'node:path'
import type { DatabaseLocation } from '../../src/database/open.ts'
import { createDatabase } from '../support/postgres.ts'
import { startPostgres } from '../support/postgres-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Makes places for ledgers of one engine; they are removed with the stack. */
export async function openPlaces(
  engine: DatabaseLocation['engine'],
  stack: AsyncDisposableStack,
): Promise<(name: string) => Promise<DatabaseLocation>> {
  if (engine === 'sqlite') {
    const folder = temporaryFolder(stack)
    return async (name) => ({ engine, path: join(folder, `${name}.db`) })
  }
  const server = await startPostgres(stack, ['max_wal_size=8GB', 'checkpoint_timeout=30min'])
  return async () => ({ engine, url: await createDatabase(server.url) })
}
