import { messageOf } from '../errors.ts'
import { errorCodeOf } from './error-code.ts'

interface Reason {
  readonly code: RegExp
  readonly text: string
  /** Whether waiting may help; a setting has to change otherwise. */
  readonly mayPass: boolean
}

const trust =
  'add sslrootcert=<PEM file of its authority> to DATABASE_URL, or name that file in NODE_EXTRA_CA_CERTS; sslmode=no-verify encrypts without checking who answers'

/** System errors and SQLSTATEs whose messages repeat a host, path, user or database of DATABASE_URL. */
const reasons: readonly Reason[] = [
  {
    code: /^(ENOENT|EACCES|EISDIR)$/,
    text: 'the socket that DATABASE_URL names cannot be opened',
    mayPass: true,
  },
  {
    code: /^(ENOTFOUND|EAI_AGAIN)$/,
    text: 'the host in DATABASE_URL cannot be resolved',
    mayPass: true,
  },
  {
    code: /^ECONNREFUSED$/,
    text: 'nothing accepts connections at the host and port in DATABASE_URL',
    mayPass: true,
  },
  {
    code: /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/,
    text: 'the host in DATABASE_URL does not respond',
    mayPass: true,
  },
  {
    code: /^28P01$/,
    text: 'the server rejects the user or password in DATABASE_URL, in which characters such as %, /, ? and # are percent-encoded',
    mayPass: false,
  },
  {
    code: /^28/,
    text: 'the server rejects the user of DATABASE_URL: check its name, that pg_hba.conf lets it in from here, and sslmode: some servers take encrypted connections alone (sslmode=require)',
    mayPass: false,
  },
  {
    code: /^3D/,
    text: 'the server does not have the database that DATABASE_URL names',
    mayPass: false,
  },
  {
    code: /^CERT_HAS_EXPIRED$/,
    text: "the server's certificate has expired: renew it on the server",
    mayPass: false,
  },
  {
    code: /^CERT_NOT_YET_VALID$/,
    text: "the server's certificate is not valid yet: compare the clocks of both machines",
    mayPass: false,
  },
  {
    code: /ALTNAME/,
    text: "the server's certificate is for another name than the host in DATABASE_URL: connect by its name; with sslrootcert, sslmode=verify-ca does not compare names",
    mayPass: false,
  },
  {
    code: /SELF_SIGNED|UNABLE_TO_|ISSUER|CERT_/,
    text: `the server's certificate is signed by an authority that is not known here: ${trust}`,
    mayPass: false,
  },
  {
    code: /^(EPROTO|ERR_(SSL|TLS|OSSL))/,
    text: 'the encrypted connection failed: check sslmode, sslcert and sslkey in DATABASE_URL',
    mayPass: false,
  },
]

interface Message extends Omit<Reason, 'code'> {
  readonly message: RegExp
}

/**
 * The driver's messages without a code, and those of poolers, which have one code for everything: PgBouncer 08P01
 * (its src/client.c), Supavisor XX000 (its lib/supavisor/errors).
 */
const messages: readonly Message[] = [
  {
    message: /^The server does not support SSL connections$/,
    text: 'the server does not encrypt: turn ssl on there, or set sslmode=disable in DATABASE_URL',
    mayPass: false,
  },
  {
    message: /client password must be a string|^SASL: .*password/,
    text: 'the server wants a password, and there is none: give it in DATABASE_URL, DATABASE_PASSWORD, DATABASE_PASSWORD_FILE, PGPASSWORD or PGPASSFILE',
    mayPass: false,
  },
  {
    message: /^(SASL|password) authentication failed|^no such user/,
    text: 'the pooler rejects the user or password in DATABASE_URL',
    mayPass: false,
  },
  {
    message: /^SSL required$|SSL connection is required/,
    text: 'the pooler takes encrypted connections alone: add sslmode=require to the query of DATABASE_URL',
    mayPass: false,
  },
  {
    message: /^no such database|^database ".*" does not exist/,
    text: 'the pooler, or the server behind it, does not have the database that DATABASE_URL names',
    mayPass: false,
  },
  {
    message:
      /tenant or user not found|\(ENOTFOUND\)|\(ETENANTNOTFOUND\)|no tenant identifier|^role ".*" (does not exist|is not permitted)/i,
    text: 'the pooler, or the server behind it, does not know the user of DATABASE_URL: copy the name from its own connection string, such as postgres.<project> for Supabase',
    mayPass: false,
  },
]

/**
 * Why PostgreSQL cannot be reached, with the error's code and without any part of DATABASE_URL, which may
 * hold a secret in the wrong place.
 */
export function explainUnreachable(cause: unknown): string {
  const code = errorCodeOf(cause)
  const reason = reasonOf(cause)
  if (reason !== undefined) return code === '' ? reason.text : `${reason.text} (${code})`
  // Where several addresses were tried, the error itself has no message.
  return cause instanceof AggregateError && cause.message === ''
    ? cause.errors.map(messageOf).join('; ')
    : messageOf(cause)
}

/** Whether waiting may help. */
export function mayPass(cause: unknown): boolean {
  return reasonOf(cause)?.mayPass ?? true
}

function reasonOf(cause: unknown): Omit<Reason, 'code'> | undefined {
  const code = errorCodeOf(cause)
  return (
    reasons.find((reason) => reason.code.test(code)) ??
    messages.find(({ message }) => message.test(messageOf(cause)))
  )
}
