import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { SqliteAdapter, SqliteDialect } from 'kysely'

/**
 * Kysely over Node's own SQLite. Only null, number, bigint, string and bytes pass as parameters:
 * node:sqlite takes a Date or an object in first place for named parameters and shifts the rest.
 */
export function sqliteDialect(database: DatabaseSync): SqliteDialect {
  return new TransactionalDialect({
    database: {
      close: () => database.close(),
      prepare: (sql) => {
        const statement = database.prepare(sql)
        return {
          reader: statement.columns().length > 0,
          all: (parameters) => statement.all(...parameters.map(toSqlValue)),
          run: (parameters) => statement.run(...parameters.map(toSqlValue)),
          iterate: (parameters) => statement.iterate(...parameters.map(toSqlValue)),
        }
      },
    },
  })
}

function toSqlValue(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint') return value
  if (value instanceof Uint8Array) return value
  throw new TypeError(`a SQL parameter of type ${typeof value} is not supported`)
}

/** SQLite's schema changes are as transactional as the rest: a migration that is killed leaves nothing. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class TransactionalDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter()
  }
}
