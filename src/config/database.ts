import type { DatabaseLocation } from '../database/open.ts'
import { checkParameters } from '../database/postgres-parameters.ts'
import { readPostgresUrl } from '../database/postgres-url.ts'

type Given = Readonly<Record<string, string>>

export interface DatabaseReading {
  /** Undefined if `DATABASE_URL` is not given, or has a problem. */
  readonly location: DatabaseLocation | undefined
  /** Without any part of the value. */
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
}

/** Reads where the ledger lives: `DATABASE_URL`, and `DATABASE_PASSWORD` for PostgreSQL. */
export function readDatabaseLocation(given: Given): DatabaseReading {
  const { DATABASE_URL: value, DATABASE_PASSWORD: password } = given
  if (value?.startsWith('sqlite:')) return readSqlite(value.slice('sqlite:'.length), password)
  if (value !== undefined && /^postgres(ql)?:\/\//.test(value)) return readPostgres(value, password)
  if (value !== undefined)
    return refused(
      'give sqlite: and a path, such as sqlite:./data/ledger.db, or postgres://user:password@host/database',
    )
  return password === undefined
    ? { location: undefined, problems: [], warnings: [] }
    : refusedPassword('there is no DATABASE_URL of PostgreSQL beside it')
}

function readSqlite(path: string, password: string | undefined): DatabaseReading {
  if (password !== undefined) return refusedPassword('DATABASE_URL is a SQLite file')
  if (path === '' || path === ':memory:')
    return refused('the ledger is a file: give its path, such as sqlite:./data/ledger.db')
  if (/^\/\/[^/]/.test(path))
    return refused(
      'two slashes begin a host, and SQLite has none: write sqlite:./a/file.db, or sqlite:/a/file.db for an absolute path',
    )
  if (path.startsWith('file:') || path.includes('?'))
    return refused('give the path alone, without file: and without a query, which has no effect')
  return {
    location: { engine: 'sqlite', path: path.replace(/^\/\/\//, '/') },
    problems: [],
    warnings: [],
  }
}

function readPostgres(url: string, password: string | undefined): DatabaseReading {
  const read = readPostgresUrl(url)
  if ('problem' in read) return refused(read.problem)
  if (password !== undefined && read.password !== undefined)
    return refusedPassword('DATABASE_URL has a password too: give one of them')
  const { problems, warnings } = checkParameters(read)
  return {
    location: { engine: 'postgres', url, ...(password !== undefined && { password }) },
    problems: problems.map((problem) => `DATABASE_URL: ${problem}`),
    warnings,
  }
}

function refused(problem: string): DatabaseReading {
  return { location: undefined, problems: [`DATABASE_URL: ${problem}`], warnings: [] }
}

function refusedPassword(problem: string): DatabaseReading {
  return { location: undefined, problems: [`DATABASE_PASSWORD: ${problem}`], warnings: [] }
}
