// Preloaded into a spawned service: ends it by SIGKILL at a named point. CRASH_AT=<point>:<passing>.
// With POINTS_SEEN=<file> it writes there, once each, which points and patterns it came by, and which
// patterns there are.
import { appendFileSync } from 'node:fs'
import http, { ServerResponse } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import { DatabaseSync, StatementSync } from 'node:sqlite'

const [, point = '', passing = '1'] = /^(.+):(\d+)$/.exec(process.env.CRASH_AT ?? '') ?? []
let left = Number(passing)

const seen = new Set()
function see(name) {
  if (process.env.POINTS_SEEN === undefined || seen.has(name)) return
  seen.add(name)
  appendFileSync(process.env.POINTS_SEEN, `${name}\n`)
}

function pass(name) {
  see(name)
  if (name !== point) return
  left -= 1
  if (left <= 0) process.kill(process.pid, 'SIGKILL')
}

/** Statements by what they begin with: one pattern a line, each of which has to match one of ours. */
const statements = [
  ['begin', /^\s*begin immediate/i],
  ['begin', /^\s*begin$/i],
  ['facts', /^\s*insert into facts/i],
  ['facts', /^\/\* record_facts \*\/ with here as[\s\S]*given as/i],
  ['totals', /^\s*insert into totals/i],
  ['hourly', /^\s*insert into hourly/i],
  ['commit', /^\s*commit/i],
  ['restore', /^\s*select[\s\S]*from\s+"totals"/i],
  ['restore', /^\s*with [\s\S]*renewed as[\s\S]*join\s+totals/i],
  ['claim', /^\s*insert into "posts"/i],
  ['identity', /^\s*insert into "ledger"\s/i],
  ['migrate', /^\s*create table facts/i],
  ['lock', /begin exclusive/i],
]
for (const [, pattern] of statements) see(`pattern ${pattern}`)

function nameOf(sql) {
  const found = statements.find(([, pattern]) => pattern.test(sql))
  if (found === undefined) return undefined
  see(String(found[1]))
  return found[0]
}

function around(name, work) {
  if (name === undefined) return work()
  pass(`${name} before`)
  const result = work()
  pass(`${name} after`)
  return result
}

const names = new WeakMap()
const { prepare, exec } = DatabaseSync.prototype
DatabaseSync.prototype.prepare = function (sql, ...rest) {
  const statement = prepare.call(this, sql, ...rest)
  names.set(statement, nameOf(sql))
  return statement
}
DatabaseSync.prototype.exec = function (sql) {
  return around(nameOf(sql), () => exec.call(this, sql))
}
for (const method of ['run', 'get', 'all']) {
  const original = StatementSync.prototype[method]
  StatementSync.prototype[method] = function (...parameters) {
    return around(names.get(this), () => original.apply(this, parameters))
  }
}

/** On PostgreSQL the moments before a statement is sent and after its answer came. */
if (process.env.DATABASE_URL?.startsWith('postgres')) {
  const { Client } = await import('pg')
  const { query } = Client.prototype
  Client.prototype.query = function (config, ...rest) {
    const name = nameOf(typeof config === 'string' ? config : (config?.text ?? ''))
    if (name === undefined) return query.call(this, config, ...rest)
    pass(`${name} before`)
    const answer = query.call(this, config, ...rest)
    answer?.then?.(
      () => pass(`${name} after`),
      () => undefined,
    )
    return answer
  }
}

/** An answer to a POST: before its first byte is handed over, and after its last. */
const { end } = ServerResponse.prototype
ServerResponse.prototype.end = function (...args) {
  if (this.req.method !== 'POST') return end.apply(this, args)
  pass('answer before')
  this.once('finish', () => pass('answer after'))
  return end.apply(this, args)
}

/** The one call at Stripe that changes something there: Checkout Session create. */
const { request } = http
http.request = function (...args) {
  const outgoing = request.apply(this, args)
  if (outgoing.method !== 'POST' || !outgoing.path.startsWith('/v1/checkout/sessions'))
    return outgoing
  pass('stripe before')
  outgoing.prependListener('response', (response) => {
    response.prependListener('end', () => pass('stripe after'))
  })
  return outgoing
}
syncBuiltinESMExports()

/** A post on its way to its channel. */
const { fetch } = globalThis
globalThis.fetch = async (...args) => {
  pass('channel before')
  const answer = await fetch(...args)
  pass('channel after')
  return answer
}
