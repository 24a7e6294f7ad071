import { errorCodeOf } from './error-code.ts'

/** A PostgreSQL SQLSTATE. */
const sqlState = /^[0-9A-Z]{5}$/
const networkCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
])

/** Of a commit that no synchronous standby confirmed. */
export const unreplicated = 'the commit was not replicated in time: its outcome is not known'

/** Messages of PostgreSQL driver errors that have no code. */
const driverMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client (was closed|has encountered))/

/** Whether the database or the connection to it failed. Errors of other services never reach this check. */
export function isDatabaseError(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false
  if (thrown instanceof AggregateError) return thrown.errors.some(isDatabaseError)
  if (thrown.message === unreplicated || driverMessages.test(thrown.message)) return true
  const code = errorCodeOf(thrown)
  return code === 'ERR_SQLITE_ERROR' || networkCodes.has(code) || sqlState.test(code)
}
