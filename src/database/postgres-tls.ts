import { readFileSync } from 'node:fs'
import { type ConnectionOptions, createSecureContext } from 'node:tls'
import { AppError } from '../errors.ts'
import type { PostgresAddress } from './postgres-url.ts'

/**
 * How a connection is encrypted; undefined leaves it to `PGSSLMODE`. Every mode that encrypts verifies the whole
 * certificate, as `verify-full` does, except: `verify-ca` with `sslrootcert` does not compare the name, `no-verify`
 * verifies nothing, and with `uselibpqcompat=true` neither does `require`, as in libpq.
 * Throws `database_unavailable` if a file cannot be read.
 */
export function tlsOf({ parameters }: PostgresAddress): ConnectionOptions | false | undefined {
  const mode = parameters.get('sslmode')
  const [ca, cert, key] = ['sslrootcert', 'sslcert', 'sslkey'].map((name) =>
    readPem(parameters, name),
  )
  const isNamed = [mode, ca, cert, key, parameters.get('sslnegotiation')].some(
    (value) => value !== undefined,
  )
  if (!isNamed) return undefined
  if (mode === 'disable') return false
  const files = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  }
  requireUsable(files)
  const isLenient = parameters.get('uselibpqcompat') === 'true' && mode !== 'verify-full'
  const isChainEnough = ca !== undefined && (mode === 'verify-ca' || isLenient)
  if (isChainEnough) return { ...files, checkServerIdentity: () => undefined }
  if (mode === 'no-verify' || (isLenient && mode !== 'verify-ca'))
    return { ...files, rejectUnauthorized: false }
  return files
}

/** The driver would end the process over a file that holds something else. */
function requireUsable(files: Pick<ConnectionOptions, 'ca' | 'cert' | 'key'>): void {
  try {
    createSecureContext(files)
  } catch (cause) {
    throw new AppError(
      'database_unavailable',
      `a file of sslrootcert, sslcert or sslkey in DATABASE_URL is not what it should be (${codeOf(cause)}): give PEM files, and a key without a passphrase that belongs to the certificate`,
    )
  }
}

function readPem(parameters: ReadonlyMap<string, string>, name: string): string | undefined {
  const path = parameters.get(name)
  if (path === undefined || (name === 'sslrootcert' && path === 'system')) return undefined
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new AppError(
      'database_unavailable',
      `the file that ${name} names in DATABASE_URL cannot be read (${codeOf(cause)}): give the path of a PEM file that this user may read`,
    )
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'no code'
}
