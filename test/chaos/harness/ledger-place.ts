import { join } from 'node:path'
import { type Books, type Query, readBooks, withCopy, withLedger } from './books.ts'
import type { ChaosRun } from './scenario.ts'

/** Where a run's ledger lives, and how to read it past our code. */
export interface LedgerPlace {
  /** For `DATABASE_URL`. */
  readonly url: string
  /** Beside the service, while it runs. */
  read<T>(work: (query: Query) => Promise<T>): Promise<T>
  /** The same, all of it as of one instant. */
  readBooks(): Promise<Books>
  /** After a kill and before the next start, without doing the recovery that is the start's. */
  readDead<T>(work: (query: Query) => Promise<T>): Promise<T>
}

/** Copies for reading are made beside it, unless there may be no room. */
export function sqlitePlace(folder: string, copies: string = folder): LedgerPlace {
  const path = join(folder, 'ledger.db')
  return {
    url: `sqlite:${path}`,
    read: (work) => withLedger(path, work),
    readBooks: () => withLedger(path, (query) => readBooks(query, 'begin')),
    readDead: (work) => withCopy(path, copies, work),
  }
}

/** A new, empty place for a ledger on the run's engine. */
export async function newPlace(chaos: ChaosRun, folder: string): Promise<LedgerPlace> {
  if (chaos.engine === 'sqlite') return sqlitePlace(folder)
  const { postgresPlace } = await import('./postgres.ts')
  return postgresPlace(chaos.stack)
}
