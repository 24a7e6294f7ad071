// Preloaded into a service: ends it by SIGKILL after a step of the carrying over, counted from 1.
// What is on disk after a step is what is there before the next one.
import fs from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { DatabaseSync, StatementSync } from 'node:sqlite'

let left = Number(process.env.KILL_AT_STEP)

function pass() {
  left -= 1
  if (left === 0) process.kill(process.pid, 'SIGKILL')
}

const statements =
  /^\s*(pragma journal_mode = delete|alter table rounds|update ledger set mode|insert or ignore into jobs|commit)/i

for (const name of ['renameSync', 'rmSync']) {
  const original = fs[name]
  fs[name] = (...args) => {
    original(...args)
    pass()
  }
}
for (const name of ['rename', 'rm']) {
  const original = promises[name]
  promises[name] = async (...args) => {
    await original(...args)
    pass()
  }
}
syncBuiltinESMExports()

function around(isStep, work) {
  const result = work()
  if (isStep) pass()
  return result
}

const steps = new WeakSet()
const { prepare, exec } = DatabaseSync.prototype
DatabaseSync.prototype.prepare = function (sql, ...rest) {
  const statement = prepare.call(this, sql, ...rest)
  if (statements.test(sql)) steps.add(statement)
  return statement
}
DatabaseSync.prototype.exec = function (sql) {
  return around(statements.test(sql), () => exec.call(this, sql))
}
for (const method of ['run', 'get', 'all']) {
  const original = StatementSync.prototype[method]
  StatementSync.prototype[method] = function (...parameters) {
    return around(steps.has(this), () => original.apply(this, parameters))
  }
}
