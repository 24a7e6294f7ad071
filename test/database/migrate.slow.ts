import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { migrate } from '../../src/database/migrate.ts'
import { openDatabase } from '../../src/database/open.ts'
import { temporaryDatabase, withClient } from '../support/postgres.ts'

/** Longer than the service lets a statement take. */
const migrationMs = 7_000

test('a replica waits for the migration of another one, however long it takes', async () => {
  const url = await temporaryDatabase()
  const database = await openDatabase({ engine: 'postgres', url })
  await migrate(database.queries, 'postgres')
  const waiting = await withClient(url, async (query) => {
    await query('begin')
    await query('select id from migration_lock where id = 1 for update')
    const migrated = migrate(database.queries, 'postgres').then(
      () => 'migrated',
      (cause: unknown) => String(cause),
    )
    await wait(migrationMs)
    await query('commit')
    return { migrated }
  })
  expect(await waiting.migrated).toBe('migrated')
  await database.close()
})
