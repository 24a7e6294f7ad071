import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { SqliteAdapter, SqliteDialect } from 'kysely'
import type { FileWatch } from './watch-files.ts'

/** Statements that begin, commit or implicitly are a write transaction. */
const writing = /^\s*(begin|commit|insert|update|delete|with\b.*\b(insert|update|delete)\b)/is

/**
 * Kysely over Node's built-in SQLite. Parameters must be null, number, bigint, string or bytes: node:sqlite
 * treats a Date or an object in first position as named parameters and shifts the rest. With `files`, they
 * are checked before each transaction and after its commit.
 */
export function sqliteDialect(database: DatabaseSync, files?: FileWatch): SqliteDialect {
  const check = () => {
    if (!database.isTransaction) files?.check()
  }
  return new TransactionalDialect({
    database: {
      close: () => database.close(),
      prepare: (sql) => {
        // If the check failed after the commit, there is nothing left to roll back.
        if (sql === 'rollback' && !database.isTransaction) return nothing
        const statement = database.prepare(sql)
        const watched = <T>(work: () => T): T => {
          if (!writing.test(sql)) return work()
          check()
          const result = work()
          check()
          return result
        }
        return {
          reader: statement.columns().length > 0,
          all: (parameters) => watched(() => statement.all(...parameters.map(toSqlValue))),
          run: (parameters) => watched(() => statement.run(...parameters.map(toSqlValue))),
          iterate: (parameters) => statement.iterate(...parameters.map(toSqlValue)),
        }
      },
    },
  })
}

const nothing = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [][Symbol.iterator](),
}

function toSqlValue(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint') return value
  if (value instanceof Uint8Array) return value
  throw new TypeError(`a SQL parameter of type ${typeof value} is not supported`)
}

/** SQLite's schema changes are transactional: a killed migration leaves no trace. */
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
