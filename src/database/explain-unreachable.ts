import { messageOf } from '../errors.ts'

/** System errors and SQLSTATEs whose messages repeat a host, path, user or database of DATABASE_URL. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [/^(ENOENT|EACCES|EISDIR)$/, 'a file or socket that DATABASE_URL names cannot be opened'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'the host in DATABASE_URL cannot be resolved'],
  [/^ECONNREFUSED$/, 'nothing accepts connections at the host and port in DATABASE_URL'],
  [/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/, 'the host in DATABASE_URL does not respond'],
  [/^28/, 'the server rejects the user or password in DATABASE_URL'],
  [/^3D/, 'the server does not have the database that DATABASE_URL names'],
  [/CERT|TLS|SSL/, "the server's certificate is not accepted: check sslmode and sslrootcert"],
]

/**
 * Why PostgreSQL cannot be reached, with the error's code and without any part of DATABASE_URL, which may
 * hold a secret in the wrong place.
 */
export function explainUnreachable(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  const reason = reasons.find(([pattern]) => pattern.test(code))?.[1]
  if (reason !== undefined) return `${reason} (${code})`
  // Where several addresses were tried, the error itself has no message.
  return cause instanceof AggregateError && cause.message === ''
    ? cause.errors.map(messageOf).join('; ')
    : messageOf(cause)
}
