import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { openPostgres } from '../../src/database/open-postgres.ts'
import { temporaryDatabase } from '../support/postgres.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { testStack } from '../support/test-stack.ts'

const connectionsMax = 10

async function openThroughProxy() {
  const proxy = await startTcpProxy(testStack(), await temporaryDatabase())
  const { queries } = openPostgres({ url: proxy.url }, 250)
  onTestFinished(() => queries.destroy())
  const ask = () => sql`select 1`.execute(queries)
  const isAnswered = () =>
    ask().then(
      () => true,
      () => false,
    )
  await Promise.all(Array.from({ length: connectionsMax }, ask))
  return { queries, forgetConnections: proxy.forgetConnections, isAnswered }
}

test('when peers vanish silently, one connection fails and the others are not used again', async () => {
  const { forgetConnections, isAnswered } = await openThroughProxy()
  forgetConnections()
  expect(await isAnswered()).toBe(false)
  for (let count = 0; count < connectionsMax; count += 1) expect(await isAnswered()).toBe(true)
})

test('a transaction on such a connection fails, and the connection goes with it', async () => {
  const { queries, forgetConnections, isAnswered } = await openThroughProxy()
  const failing = queries.transaction().execute(async (transaction) => {
    forgetConnections()
    await sql`select 1`.execute(transaction)
  })
  await expect(failing).rejects.toThrow('Query read timeout')
  for (let count = 0; count < connectionsMax; count += 1) expect(await isAnswered()).toBe(true)
})
