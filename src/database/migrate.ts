import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { AppError, messageOf } from '../errors.ts'
import type { Engine } from './engine.ts'
import { opening } from './migrations/0001-opening.ts'
import type { Schema } from './schema.ts'

/** In order; a migration that has been released never changes. */
const migrationsFor = (engine: Engine): Record<string, Migration> => ({
  '0001-opening': opening(engine),
})

/**
 * Brings the schema up to this version.
 * Throws `ledger_too_new` when the ledger was written by a later version of countinghouse.
 */
export const migrate = async (database: Kysely<Schema>, engine: Engine): Promise<void> => {
  const migrations = migrationsFor(engine)
  await refuseNewer(database, Object.keys(migrations))
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: async () => migrations },
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined)
    throw new AppError(
      'database_unavailable',
      `the ledger's tables could not be brought up to date: ${messageOf(error)}`,
      { cause: error },
    )
}

const refuseNewer = async (database: Kysely<Schema>, known: readonly string[]): Promise<void> => {
  const tables = await database.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some((table) => table.name === 'kysely_migration')) return
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(database)
  const unknown = rows.map((row) => row.name).filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw new AppError(
      'ledger_too_new',
      `the ledger was written by a newer countinghouse (it has ${unknown.join(', ')}): ` +
        'install that version, or put back a backup from before the upgrade',
    )
}
