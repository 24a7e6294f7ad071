import {
  createDatabase,
  dropDatabase,
  replaceDatabase,
  temporaryDatabase,
  withClient,
} from '../../support/postgres.ts'
import { startPostgres } from '../../support/postgres-server.ts'
import { readBooks } from './books.ts'
import type { LedgerPlace } from './ledger-place.ts'

const ownServer = new AsyncDisposableStack()
let shared: Promise<string> | undefined

/** The server that all databases are made on: that of the test run, `TEST_POSTGRES_URL`, or our own. */
export function useServer(url: string): void {
  shared = Promise.resolve(url)
}

/** Ends our own server, if one was started. */
export function endServer(): Promise<void> {
  return ownServer.disposeAsync()
}

function serverUrl(): Promise<string> {
  shared ??= startShared()
  return shared
}

async function startShared(): Promise<string> {
  const given = process.env.TEST_POSTGRES_URL
  if (given !== undefined) return given
  // Several scenarios run side by side, each with several replicas.
  return (await startPostgres(ownServer, ['max_connections=600'])).url
}

/** A ledger's place on a server: an empty database. */
export function placeAt(url: string): LedgerPlace {
  return {
    url,
    read: (work) => withClient(url, work),
    readBooks: () =>
      withClient(url, (query) => readBooks(query, 'begin isolation level repeatable read')),
    readDead: (work) => withClient(url, work),
  }
}

/** An empty database on the shared server, dropped with the stack. */
export async function postgresPlace(stack: AsyncDisposableStack): Promise<LedgerPlace> {
  return placeAt(await temporaryDatabase(stack, await serverUrl()))
}

/** Keeps a copy of an unused database; clients may be connected when it is restored. */
export async function keepDatabase(
  stack: AsyncDisposableStack,
  url: string,
): Promise<{ putBack(): Promise<void> }> {
  const server = await serverUrl()
  const copy = await createDatabase(server, url)
  stack.defer(() => dropDatabase(server, copy))
  return { putBack: () => replaceDatabase(server, url, copy) }
}
