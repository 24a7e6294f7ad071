import { type Kysely, sql, type TableMetadata } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { AppError, messageOf } from '../errors.ts'
import type { Engine } from './engine.ts'
import { withMigrationLock } from './migration-lock.ts'
import { opening } from './migrations/0001-opening.ts'
import { seriesEnd } from './migrations/0002-series-end.ts'
import { vocabulary } from './migrations/0003-vocabulary.ts'
import { failedAttempts } from './migrations/0004-failed-attempts.ts'
import { genesis } from './migrations/0005-genesis.ts'
import { checkoutTerms } from './migrations/0006-checkout-terms.ts'
import { checks } from './migrations/0007-checks.ts'
import { postsByState } from './migrations/0008-posts-by-state.ts'
import { alerts } from './migrations/0009-alerts.ts'
import type { LockConflictOptions } from './retry-lock-conflicts.ts'
import type { Schema } from './schema.ts'
import {
  compareSchemas,
  diverged,
  refuseTooNew,
  refuseWhileUsed,
  type SchemaVersions,
} from './schema-version.ts'
import { refuseSealed, sealTable } from './seal.ts'

export type Migrations = Readonly<Record<string, Migration>>

export interface MigrateOptions extends LockConflictOptions {
  /** Those of this release, if not given. */
  readonly migrations?: Migrations
}

/** In order; a migration that has been released never changes. Its name says of which kind it is (`kindOf`). */
export function migrationsFor(engine: Engine): Migrations {
  return {
    '0001-opening': opening(engine),
    '0002-series-end': seriesEnd(engine),
    '0003-vocabulary': vocabulary,
    '0004-failed-attempts': failedAttempts(engine),
    '0005-genesis': genesis(engine),
    '0006-checkout-terms': checkoutTerms(engine),
    '0007-checks': checks(engine),
    '0008-posts-by-state': postsByState,
    '0009-alerts': alerts(engine),
  }
}

/**
 * Migrates the schema to that of this release; replicas that start at the same time take turns, and running replicas
 * go first. A ledger to which a later release only added stays as it is. Resolves with the schemas. Throws `ledger_too_new` if a later release removed what
 * this one uses, `ledger_too_old` if this one would remove what a running replica uses, and `ledger_mismatch` if the
 * ledger is being moved or was moved.
 */
export async function migrate(
  queries: Kysely<Schema>,
  engine: Engine,
  options: MigrateOptions = {},
): Promise<SchemaVersions> {
  const schema = engine === 'postgres' ? await readSchema(queries) : undefined
  await refuseIfSealed(queries, schema)
  return migrateSealed(queries, engine, options)
}

/** The same for the command that moves ledgers. */
export async function migrateSealed(
  queries: Kysely<Schema>,
  engine: Engine,
  options: MigrateOptions = {},
): Promise<SchemaVersions> {
  const { migrations = migrationsFor(engine) } = options
  if (engine === 'sqlite') return migrateOn(queries, migrations)
  const schema = await readSchema(queries)
  return withMigrationLock(queries, options, (transaction) =>
    migrateOn(transaction, migrations, schema),
  )
}

/**
 * Checks without changing anything that the schema is of this release, or a later one that only added, for a command
 * beside the running service. Throws `ledger_too_new`, or `database_unavailable` for an earlier schema and where there
 * is no ledger.
 */
export async function requireMigrated(queries: Kysely<Schema>, engine: Engine): Promise<void> {
  const names = Object.keys(migrationsFor(engine))
  const schema = engine === 'postgres' ? await readSchema(queries) : undefined
  await refuseIfSealed(queries, schema)
  const applied = await readApplied(queries, schema)
  const versions = compareSchemas(names, applied)
  refuseTooNew(versions)
  if (names.some((name) => !applied.includes(name)))
    throw new AppError(
      'database_unavailable',
      applied.length === 0
        ? 'there is no ledger at DATABASE_URL yet: the first start of the service creates one'
        : `the ledger has schema ${versions.ledger} and this release ${versions.release}: start the service of this release once, which brings it up to date`,
    )
}

/** The schema of this release. */
export function schemaOf(engine: Engine): number {
  return compareSchemas(Object.keys(migrationsFor(engine)), []).release
}

/** Reads the schemas of this release and of a ledger that was migrated before. */
export async function readSchemaVersions(
  queries: Kysely<Schema>,
  engine: Engine,
): Promise<SchemaVersions> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(queries)
  const applied = rows.map(({ name }) => name)
  return compareSchemas(Object.keys(migrationsFor(engine)), applied)
}

/** `schema` is given on PostgreSQL. */
async function migrateOn(
  queries: Kysely<Schema>,
  migrations: Migrations,
  schema?: string,
): Promise<SchemaVersions> {
  const names = Object.keys(migrations)
  const applied = await readApplied(queries, schema)
  const versions = compareSchemas(names, applied)
  refuseTooNew(versions)
  const pending = names.filter((name) => !applied.includes(name))
  const unknown = applied.filter((name) => !names.includes(name))
  if (unknown.length > 0) {
    if (pending.length > 0) throw diverged(unknown, pending)
    return versions
  }
  if (schema !== undefined) await refuseWhileUsed(queries, versions, pending)
  const migrator = new Migrator({
    db: queries,
    ...(schema === undefined ? {} : { migrationTableSchema: schema }),
    provider: { getMigrations: async () => ({ ...migrations }) },
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined)
    throw new AppError(
      'database_unavailable',
      `the ledger's tables could not be migrated: ${messageOf(error)}`,
      { cause: error },
    )
  return compareSchemas(names, names)
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

/** The migrations that a ledger has; none without a ledger. */
async function readApplied(
  queries: Kysely<Schema>,
  schema: string | undefined,
): Promise<readonly string[]> {
  if (!(await hasTable(queries, 'kysely_migration', schema))) return []
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(queries)
  return rows.map(({ name }) => name)
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
