import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { startPostgres } from '../../support/postgres-server.ts'
import { type Query, readBooks } from './books.ts'
import type { LedgerPlace } from './ledger-place.ts'

let shared: Promise<string> | undefined

/** The server that all databases are made on: that of the test run, `TEST_POSTGRES_URL`, or our own. */
export function useServer(url: string): void {
  shared = Promise.resolve(url)
}

function serverUrl(): Promise<string> {
  shared ??= startShared()
  return shared
}

async function startShared(): Promise<string> {
  const given = process.env.TEST_POSTGRES_URL
  if (given !== undefined) return given
  // Several scenarios run side by side, each with several replicas.
  const server = await startPostgres(['max_connections=600'])
  process.once('exit', server.remove)
  return server.url
}

/** Runs `work` on a connection of its own. */
export async function withClient<T>(url: string, work: (query: Query) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(async (statement) => (await client.query(statement)).rows)
  } finally {
    await client.end()
  }
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
  const server = await serverUrl()
  const name = `chaos_${randomBytes(6).toString('hex')}`
  await withClient(server, async (query) => query(`create database ${name}`))
  stack.defer(() =>
    withClient(server, async (query) => {
      await query(`drop database if exists ${name} with (force)`)
    }),
  )
  const url = new URL(server)
  url.pathname = `/${name}`
  return placeAt(url.href)
}

/** Keeps a copy of a database that nobody uses; what is put back meets whoever is connected. */
export async function keepDatabase(
  stack: AsyncDisposableStack,
  url: string,
): Promise<{ putBack(): Promise<void> }> {
  const server = await serverUrl()
  const name = new URL(url).pathname.slice(1)
  const copy = `${name}_kept`
  await withClient(server, async (query) => query(`create database ${copy} template ${name}`))
  stack.defer(() =>
    withClient(server, async (query) => {
      await query(`drop database if exists ${copy} with (force)`)
    }),
  )
  return {
    putBack: () =>
      withClient(server, async (query) => {
        await query(`drop database ${name} with (force)`)
        await query(`create database ${name} template ${copy}`)
      }),
  }
}
