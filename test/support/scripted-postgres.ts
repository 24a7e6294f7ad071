import { type CompiledQuery, DummyDriver, Kysely, PostgresDialect, type QueryResult } from 'kysely'
import { openDatabase, type PostgresLedgerDatabase } from '../../src/database/open.ts'
import type { Schema } from '../../src/database/schema.ts'

/** What the database answers a statement: its rows, or the error that it throws. */
export type Answer = readonly object[] | Error

/** An error of PostgreSQL's with its SQLSTATE. */
export function postgresError(code: string): Error {
  return Object.assign(new Error(`SQLSTATE ${code}`), { code })
}

/** PostgreSQL whose answers are written down: every statement is noted and never leaves this process. */
export async function openScriptedPostgres(answer: (query: CompiledQuery) => Answer) {
  const statements: CompiledQuery[] = []
  class Scripted extends DummyDriver {
    override async acquireConnection() {
      const connection = await super.acquireConnection()
      return Object.assign(connection, {
        executeQuery: async <R>(query: CompiledQuery<R>): Promise<QueryResult<R>> => {
          statements.push(query)
          const given = answer(query)
          if (given instanceof Error) throw given
          return JSON.parse(JSON.stringify({ rows: given }))
        },
      })
    }
  }
  const opened = await openDatabase({ engine: 'postgres', url: 'postgres://127.0.0.1:1/none' })
  if (opened.engine !== 'postgres') throw new Error('PostgreSQL was asked for')
  const dialect = new PostgresDialect({ pool: opened.pool })
  const queries = new Kysely<Schema>({
    dialect: {
      createAdapter: () => dialect.createAdapter(),
      createDriver: () => new Scripted(),
      createIntrospector: (database) => dialect.createIntrospector(database),
      createQueryCompiler: () => dialect.createQueryCompiler(),
    },
  })
  const database: PostgresLedgerDatabase = { ...opened, queries }
  return { database, statements }
}
