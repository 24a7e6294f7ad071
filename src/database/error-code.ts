/** The code of a driver's error: a PostgreSQL SQLSTATE, or that of a network error; empty without one. */
export function errorCodeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string'
    ? cause.code
    : ''
}
