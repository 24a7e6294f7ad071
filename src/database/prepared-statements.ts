import { createHash } from 'node:crypto'
import type { Note } from './carry-over.ts'
import { errorCodeOf } from './error-code.ts'

/** The named prepared statements of a connection pool. */
export interface PreparedStatements {
  /** The name under which a connection keeps a statement, or undefined if it is sent with its text each time. */
  nameOf(sql: string): string | undefined
  /** Turns them off after an error which says that a pooler gives each transaction another session. */
  noteError(cause: unknown): void
}

/** Marks a statement that connections keep prepared: a comment with a name, which the server's statistics show too. */
const marked = /^\/\* (\w+) \*\//

/**
 * A session does not know a statement (26000), or knows one of that name from another client (42P05). In both
 * cases it executed nothing. https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export const otherSessionCodes: ReadonlySet<string> = new Set(['26000', '42P05'])

/**
 * A migration gave the result of a prepared statement another type. It executed nothing, and fails on its connection for
 * as long as that is open. Other causes of the code (`feature_not_supported`) fail again on a new one.
 */
export const changedResultCode = '0A000'

/**
 * Named prepared statements for the few statements that carry a mark: they are parsed and planned once for each
 * connection. The name contains a hash of the text, so that two releases never share one.
 */
export function createPreparedStatements(note: Note, isAllowed: boolean): PreparedStatements {
  const names = new Map<string, string>()
  let isOff = !isAllowed
  return {
    nameOf: (sql) => {
      if (isOff) return undefined
      const known = names.get(sql)
      if (known !== undefined) return known
      const mark = marked.exec(sql)?.[1]
      if (mark === undefined) return undefined
      const name = `${mark}_${createHash('sha256').update(sql).digest('hex').slice(0, 12)}`
      names.set(sql, name)
      return name
    },
    noteError: (cause) => {
      if (isOff || !otherSessionCodes.has(errorCodeOf(cause))) return
      isOff = true
      note(
        'a database session lost its prepared statements: statements are no longer prepared. If DATABASE_URL leads to a pooler, add pooler=transaction to its query; otherwise something ran DISCARD ALL',
      )
    },
  }
}
