import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { inject } from 'vitest'
import { testStack } from './test-stack.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The real server that the tests use, as a URL of its maintenance database. */
    readonly postgresUrl: string
  }
}

type Row = Readonly<Record<string, unknown>>

/** Runs `work` on a connection of its own. */
export async function withClient<T>(
  url: string,
  work: (query: (statement: string) => Promise<readonly Row[]>) => Promise<T>,
): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(async (statement) => (await client.query(statement)).rows)
  } finally {
    await client.end()
  }
}

async function ask(url: string, statement: string): Promise<void> {
  await withClient(url, (query) => query(statement))
}

/** Makes a database on the server, empty or a copy of another, and returns its URL. */
export async function createDatabase(serverUrl: string, template?: string): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const copying = template === undefined ? '' : ` template ${databaseOf(template)}`
  await ask(serverUrl, `create database ${name}${copying}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

/** The name of the database that a URL leads to. */
export function databaseOf(url: string): string {
  return new URL(url).pathname.slice(1)
}

/** Removes a database, whoever is still connected. */
export async function dropDatabase(serverUrl: string, url: string): Promise<void> {
  await ask(serverUrl, `drop database if exists ${databaseOf(url)} with (force)`)
}

/** Puts the content of one database into the place of another, whoever is connected to that. */
export async function replaceDatabase(serverUrl: string, url: string, by: string): Promise<void> {
  await dropDatabase(serverUrl, url)
  await ask(serverUrl, `create database ${databaseOf(url)} template ${databaseOf(by)}`)
}

/** An empty database of its own on the real server, dropped when the test or the stack ends. */
export async function temporaryDatabase(
  stack: AsyncDisposableStack = testStack(),
  serverUrl: string = inject('postgresUrl'),
): Promise<string> {
  const url = await createDatabase(serverUrl)
  stack.defer(() => dropDatabase(serverUrl, url))
  return url
}
