import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { inject, onTestFinished } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** The real server that the tests use, as a URL of its maintenance database. */
    readonly postgresUrl: string
  }
}

async function ask(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/** Makes an empty database on the server and returns its URL. */
export async function createDatabase(serverUrl: string): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`
  await ask(serverUrl, `create database ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

/** Removes a database, whoever is still connected. */
export async function dropDatabase(serverUrl: string, url: string): Promise<void> {
  await ask(serverUrl, `drop database if exists ${new URL(url).pathname.slice(1)} with (force)`)
}

/** An empty database of the test's own on the real server, dropped when the test ends. */
export async function temporaryDatabase(): Promise<string> {
  const serverUrl = inject('postgresUrl')
  const url = await createDatabase(serverUrl)
  onTestFinished(() => dropDatabase(serverUrl, url))
  return url
}
