import { type Kysely, sql, type TableMetadata } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { AppError, messageOf } from '../errors.ts'
import type { Engine } from './engine.ts'
import { opening } from './migrations/0001-opening.ts'
import { seriesEnd } from './migrations/0002-series-end.ts'
import { vocabulary } from './migrations/0003-vocabulary.ts'
import { failedAttempts } from './migrations/0004-failed-attempts.ts'
import { genesis } from './migrations/0005-genesis.ts'
import { checkoutTerms } from './migrations/0006-checkout-terms.ts'
import { checks } from './migrations/0007-checks.ts'
import { postsByState } from './migrations/0008-posts-by-state.ts'
import type { Schema } from './schema.ts'
import { refuseSealed, sealTable } from './seal.ts'

/** In order; a migration that has been released never changes. */
function migrationsFor(engine: Engine): Record<string, Migration> {
  return {
    '0001-opening': opening(engine),
    '0002-series-end': seriesEnd(engine),
    '0003-vocabulary': vocabulary,
    '0004-failed-attempts': failedAttempts(engine),
    '0005-genesis': genesis(engine),
    '0006-checkout-terms': checkoutTerms(engine),
    '0007-checks': checks(engine),
    '0008-posts-by-state': postsByState,
  }
}

/**
 * Migrates the schema to this version; replicas that start at the same time take turns.
 * Throws `ledger_too_new` if a later version of countinghouse wrote the ledger, and `ledger_mismatch` if it is being
 * moved or was moved.
 */
export async function migrate(queries: Kysely<Schema>, engine: Engine): Promise<void> {
  const schema = engine === 'postgres' ? await readSchema(queries) : undefined
  await refuseIfSealed(queries, schema)
  await migrateSealed(queries, engine)
}

/** The same for the command that moves ledgers. */
export async function migrateSealed(queries: Kysely<Schema>, engine: Engine): Promise<void> {
  if (engine === 'sqlite') {
    await migrateOn(queries, engine)
    return
  }
  const schema = await readSchema(queries)
  await createLockRow(queries)
  await queries.transaction().execute(async (transaction) => {
    // Waiting for another replica, or rewriting a large table, takes longer than a statement otherwise may.
    await sql`set local statement_timeout = 0`.execute(transaction)
    await sql`select id from migration_lock where id = 1 for update`.execute(transaction)
    await migrateOn(transaction, engine, schema)
  })
}

/**
 * Checks without changing anything that the schema is of this version, for a command beside the running service.
 * Throws `ledger_too_new`, or `database_unavailable` for an earlier version and where there is no ledger.
 */
export async function requireMigrated(queries: Kysely<Schema>, engine: Engine): Promise<void> {
  const names = Object.keys(migrationsFor(engine))
  const schema = engine === 'postgres' ? await readSchema(queries) : undefined
  await refuseIfSealed(queries, schema)
  const applied = await refuseNewer(queries, names, schema)
  if (applied.length < names.length)
    throw new AppError(
      'database_unavailable',
      applied.length === 0
        ? 'there is no ledger at DATABASE_URL yet: the first start of the service creates one'
        : 'the ledger was written by an earlier version: start the service once, which brings it up to date',
    )
}

async function migrateOn(queries: Kysely<Schema>, engine: Engine, schema?: string): Promise<void> {
  const migrations = migrationsFor(engine)
  await refuseNewer(queries, Object.keys(migrations), schema)
  const migrator = new Migrator({
    db: queries,
    ...(schema === undefined ? {} : { migrationTableSchema: schema }),
    provider: { getMigrations: async () => migrations },
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined)
    throw new AppError(
      'database_unavailable',
      `the ledger's tables could not be migrated: ${messageOf(error)}`,
      { cause: error },
    )
}

const createLockAttempts = 5

/** With `if not exists` two sessions may still create the same table at once: the losing session retries. */
async function createLockRow(queries: Kysely<Schema>, attempt = 1): Promise<void> {
  try {
    await sql`create table if not exists migration_lock (id bigint primary key)`.execute(queries)
    await sql`insert into migration_lock (id) values (1) on conflict do nothing`.execute(queries)
  } catch (cause) {
    if (attempt >= createLockAttempts) throw cause
    await createLockRow(queries, attempt + 1)
  }
}

/** The schema in which tables are created: a `search_path` can separate two ledgers in one database. */
async function readSchema(queries: Kysely<Schema>): Promise<string> {
  const { rows } = await sql<{ schema: string | null }>`select current_schema() as schema`.execute(
    queries,
  )
  const schema = rows[0]?.schema ?? null
  if (schema === null)
    throw new AppError(
      'database_unavailable',
      'the search_path of DATABASE_URL names no schema that exists: create it, or name another one',
    )
  return schema
}

/** Resolves with the migrations that were applied, all of which are known. */
async function refuseNewer(
  queries: Kysely<Schema>,
  known: readonly string[],
  schema: string | undefined,
): Promise<readonly string[]> {
  if (!(await hasTable(queries, 'kysely_migration', schema))) return []
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(queries)
  const applied = rows.map((row) => row.name)
  const unknown = applied.filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw new AppError(
      'ledger_too_new',
      `the ledger was written by a newer countinghouse (it has ${unknown.join(', ')}): ` +
        'install that version, or put back a backup from before the upgrade',
    )
  return applied
}

async function refuseIfSealed(queries: Kysely<Schema>, schema: string | undefined): Promise<void> {
  if (await hasTable(queries, sealTable, schema)) await refuseSealed(queries)
}

async function hasTable(
  queries: Kysely<Schema>,
  name: string,
  schema: string | undefined,
): Promise<boolean> {
  const tables = await queries.introspection.getTables({ withInternalKyselyTables: true })
  const isOurs = (table: TableMetadata) => schema === undefined || table.schema === schema
  return tables.some((table) => table.name === name && isOurs(table))
}
