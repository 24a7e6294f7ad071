import { DatabaseSync } from 'node:sqlite'
import { serveUsualWay } from './usual-way.ts'

/** The usual way on SQLite: as durable as the service, with a commit for each event. */
const path = (process.env.DATABASE_URL ?? '').replace(/^sqlite:/, '')
const database = new DatabaseSync(path, { timeout: 5_000 })
database.exec(`
  pragma journal_mode = wal;
  pragma synchronous = full;
  create table if not exists events (id text primary key) strict;
  create table if not exists payments (
    id text primary key, status text, amount integer, currency text
  ) strict`)
const insertEvent = database.prepare('insert into events (id) values (?) on conflict do nothing')
const insertPayment = database.prepare(
  'insert into payments (id, status, amount, currency) values (?, ?, ?, ?) on conflict do nothing',
)

serveUsualWay(({ eventId, intentId, status, amountMinor, currency }) => {
  database.exec('begin immediate')
  try {
    const isNew =
      insertEvent.run(eventId).changes === 1 &&
      insertPayment.run(intentId, status, amountMinor, currency).changes === 1
    database.exec('commit')
    return isNew
  } catch (cause) {
    database.exec('rollback')
    throw cause
  }
})
