import { createSecureContext } from 'node:tls'
import { readFileBytes } from './secret-files.ts'

type Given = Readonly<Record<string, string>>

interface MetricsAccess {
  /** The `Authorization` headers of which one is needed, with their secrets; empty if none is. */
  readonly authorizations: readonly string[]
  /** Undefined: `/metrics` is served without TLS. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined
}

interface MetricsAccessReading extends MetricsAccess {
  readonly problems: readonly string[]
}

/** Who may read `/metrics`, and by which certificate it is served. */
export function readMetricsAccess(given: Given): MetricsAccessReading {
  const problems: string[] = []
  const { METRICS_TOKEN: token, METRICS_BASIC_AUTH: login } = given
  if (token !== undefined && !/^[\w.~+/=-]{16,}$/.test(token))
    problems.push('METRICS_TOKEN: give 16 letters and digits or more, such as openssl rand -hex 32')
  if (login !== undefined && !/^[^:]+:.{8,}$/.test(login))
    problems.push('METRICS_BASIC_AUTH: give user:password, the password with 8 characters or more')
  const authorizations = [
    ...(token === undefined ? [] : [`Bearer ${token}`]),
    ...(login === undefined ? [] : [`Basic ${Buffer.from(login).toString('base64')}`]),
  ]
  return { authorizations, tls: readTls(given, problems), problems }
}

function readTls(given: Given, problems: string[]): MetricsAccess['tls'] {
  const names = ['METRICS_TLS_CERT_FILE', 'METRICS_TLS_KEY_FILE'] as const
  const [cert, key] = names.map((name) => {
    const path = given[name]
    if (path === undefined) return undefined
    const bytes = readFileBytes(path)
    if (bytes === undefined) problems.push(`${name}: give the path of a PEM file that can be read`)
    return bytes
  })
  if (names.filter((name) => given[name] !== undefined).length === 1)
    problems.push(`${names.join(' and ')} belong together: give both`)
  if (cert === undefined || key === undefined) return undefined
  try {
    createSecureContext({ cert, key })
    return { cert, key }
  } catch {
    problems.push(`${names.join(' and ')}: give a certificate and its key, both as PEM`)
    return undefined
  }
}
