// Preloaded into a command: ends it by SIGKILL at a statement that changes a database, counted from 1 over both.
// KILL_WHEN=after: once the database has answered; sent: once it was sent to PostgreSQL, whatever becomes of it there.
import { DatabaseSync, StatementSync } from 'node:sqlite'
import pg from 'pg'

const isSent = process.env.KILL_WHEN === 'sent'
let left = Number(process.env.KILL_AT_STATEMENT)

function pass() {
  left -= 1
  if (left === 0) process.kill(process.pid, 'SIGKILL')
}

/** What migrations do is one transaction, of which the commit alone counts. */
const changing =
  /^\s*(commit|insert into "(?!kysely)|update|create table "ledger_move"|drop|pragma wal_checkpoint)/i

const changes = new WeakSet()
const { prepare } = DatabaseSync.prototype
DatabaseSync.prototype.prepare = function (sql, ...rest) {
  const statement = prepare.call(this, sql, ...rest)
  if (changing.test(sql)) changes.add(statement)
  return statement
}
for (const method of ['run', 'all']) {
  const original = StatementSync.prototype[method]
  StatementSync.prototype[method] = function (...parameters) {
    const result = original.apply(this, parameters)
    if (changes.has(this)) pass()
    return result
  }
}

const { query } = pg.Client.prototype
pg.Client.prototype.query = function (...args) {
  const [statement] = args
  const text = typeof statement === 'string' ? statement : statement?.text
  const result = query.apply(this, args)
  if (!changing.test(text ?? '') || typeof result?.then !== 'function') return result
  // What was written to the socket leaves with the next turn.
  if (isSent) setImmediate(pass)
  else result.then(pass, () => undefined)
  return result
}
