import { type Kysely, sql } from 'kysely'
import { expect, inject, onTestFinished, test } from 'vitest'
import { openPostgres } from '../../src/database/open-postgres.ts'
import type { Schema } from '../../src/database/schema.ts'
import { temporaryDatabase, withClient } from '../support/postgres.ts'

const sessions = 3

function write(executor: Kysely<Schema>) {
  return sql`insert into written values (1)`.execute(executor)
}

/** A pool of sessions that were opened while the server was read-only, which it no longer is. */
async function openReadOnlySessions() {
  const url = await temporaryDatabase()
  const name = new URL(url).pathname.slice(1)
  const setReadOnly = (value: 'on' | 'off') =>
    withClient(inject('postgresUrl'), (query) =>
      query(`alter database ${name} set default_transaction_read_only = ${value}`),
    )
  await withClient(url, (query) => query('create table written (number int)'))
  const { queries, pool } = openPostgres({ url })
  onTestFinished(() => queries.destroy())
  await setReadOnly('on')
  await Promise.all(Array.from({ length: sessions }, () => sql`select 1`.execute(queries)))
  const written = () =>
    withClient(url, (query) => query('select count(*)::int as rows from written'))
  return { queries, pool, setReadOnly, written }
}

test('statements on sessions that outlived a failover run on new ones, each once', async () => {
  const { queries, setReadOnly, written } = await openReadOnlySessions()
  await setReadOnly('off')
  await Promise.all(Array.from({ length: sessions }, () => write(queries)))
  expect(await written()).toEqual([{ rows: sessions }])
})

test('a transaction on a session that outlived a failover runs on a new one', async () => {
  const { queries, setReadOnly, written } = await openReadOnlySessions()
  await setReadOnly('off')
  await queries.transaction().execute(async (transaction) => {
    await write(transaction)
    await write(transaction)
  })
  expect(await written()).toEqual([{ rows: 2 }])
})

test('one read-only answer retires every session that was opened before it', async () => {
  const { queries, pool, setReadOnly } = await openReadOnlySessions()
  expect(pool.totalCount).toBe(sessions)
  await expect(write(queries)).rejects.toMatchObject({ code: '25006' })
  await setReadOnly('off')
  await write(queries)
  expect(pool.totalCount).toBe(1)
})

test('while the server is read-only a write fails once more at most, and reads work', async () => {
  const { queries } = await openReadOnlySessions()
  await expect(write(queries)).rejects.toMatchObject({ code: '25006' })
  await expect(queries.transaction().execute(write)).rejects.toMatchObject({ code: '25006' })
  expect((await sql`select 1`.execute(queries)).rows).toHaveLength(1)
})
