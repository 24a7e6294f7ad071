import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { Engine } from '../../src/database/engine.ts'

/** The statements that `work` would execute, each as one line in lower case. Every one answers no rows. */
export async function recordStatements(
  engine: Engine,
  work: (database: Kysely<unknown>) => Promise<void>,
): Promise<readonly string[]> {
  const statements: string[] = []
  class Recorder extends DummyDriver {
    override async acquireConnection() {
      const connection = await super.acquireConnection()
      return Object.assign(connection, {
        executeQuery: async <R>({ sql }: CompiledQuery): Promise<QueryResult<R>> => {
          statements.push(sql.replaceAll(/["`]/g, '').replaceAll(/\s+/g, ' ').trim().toLowerCase())
          return { rows: [] }
        },
      })
    }
  }
  const isSqlite = engine === 'sqlite'
  const database = new Kysely<unknown>({
    dialect: {
      createAdapter: () => (isSqlite ? new SqliteAdapter() : new PostgresAdapter()),
      createDriver: () => new Recorder(),
      createIntrospector: (one) =>
        isSqlite ? new SqliteIntrospector(one) : new PostgresIntrospector(one),
      createQueryCompiler: () =>
        isSqlite ? new SqliteQueryCompiler() : new PostgresQueryCompiler(),
    },
  })
  await work(database)
  return statements
}
