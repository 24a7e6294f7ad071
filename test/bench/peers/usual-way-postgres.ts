import { Pool } from 'pg'
import { serveUsualWay } from './usual-way.ts'

/**
 * The usual way on PostgreSQL: a transaction on a client of the pool for each event, as node-postgres shows it
 * (https://node-postgres.com/features/transactions), with the pool's default size.
 */
const pool = new Pool({ connectionString: process.env.DATABASE_URL })
await pool.query(`
  create table if not exists events (id text primary key);
  create table if not exists payments (
    id text primary key, status text, amount bigint, currency text
  )`)

serveUsualWay(async ({ eventId, intentId, status, amountMinor, currency }) => {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const event = await client.query('insert into events (id) values ($1) on conflict do nothing', [
      eventId,
    ])
    const payment =
      event.rowCount === 1
        ? await client.query(
            `insert into payments (id, status, amount, currency) values ($1, $2, $3, $4)
              on conflict do nothing`,
            [intentId, status, amountMinor, currency],
          )
        : undefined
    await client.query('commit')
    return payment?.rowCount === 1
  } catch (cause) {
    await client.query('rollback')
    throw cause
  } finally {
    client.release()
  }
})
