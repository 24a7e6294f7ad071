import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../../src/database/open.ts'
import { temporaryDatabase, withClient } from '../../support/postgres.ts'
import { modeOf, openMove } from './open-move.ts'

/** An empty PostgreSQL in whose encoding there are texts of a file that do not exist. */
async function openLatin() {
  const url = await temporaryDatabase()
  const server = new URL(url)
  const name = server.pathname.slice(1)
  server.pathname = '/postgres'
  await withClient(server.href, async (query) => {
    await query(`drop database ${name}`)
    await query(`create database ${name} encoding 'LATIN1' locale 'C' template template0`)
  })
  const database = await openDatabase({ engine: 'postgres', url })
  onTestFinished(() => database.close())
  return database.queries
}

test('a database that cannot hold every text is refused before anything is sealed or made', async () => {
  const { source, move } = await openMove()
  const target = await openLatin()
  await expect(move(target)).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringMatching(/has the encoding LATIN1.*create it with encoding UTF8/),
  })
  expect(await modeOf(source)).toBe('test')
  expect(await target.introspection.getTables()).toEqual([])
})
