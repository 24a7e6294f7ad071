/** A server's address: a host name, an IP address, or the folder of a Unix socket. */
export interface PostgresHost {
  readonly host: string
  readonly port: number | undefined
}

export interface PostgresAddress {
  /** In the order in which they are tried; empty if the environment or libpq's default names it. */
  readonly hosts: readonly PostgresHost[]
  readonly user: string | undefined
  readonly password: string | undefined
  readonly database: string | undefined
  readonly parameters: ReadonlyMap<string, string>
}

export type PostgresUrlReading = PostgresAddress | { readonly problem: string }

const encoding =
  'percent-encode /, ?, #, @, % and [ in its user and password (such as %2F for /), or give the password in DATABASE_PASSWORD, DATABASE_PASSWORD_FILE, PGPASSWORD or PGPASSFILE'

const shape =
  /^postgres(?:ql)?:\/\/(?:(?<login>[^/?#]*)@)?(?<hosts>[^/?#]*)(?:\/(?<database>[^?#]*))?(?:\?(?<query>[^#]*))?$/i

/**
 * Reads a connection URI as libpq defines it: several hosts, sockets, parameters. A `problem` quotes no part of it.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
export function readPostgresUrl(url: string): PostgresUrlReading {
  const parts = shape.exec(url)?.groups
  if (parts === undefined) return { problem: `it cannot be read: ${encoding}` }
  const { login = '', hosts: hostList = '', database = '', query = '' } = parts
  const parameters = new Map(new URLSearchParams(query))
  const isCutOff = database.includes('@') || [...parameters.keys()].some((key) => /@/.test(key))
  if (isCutOff) return { problem: `its password has characters with a meaning: ${encoding}` }
  const names = parameters.get('host')?.split(',') ?? hostList.split(',')
  const hosts = readHosts(names, parameters.get('port'))
  if (hosts === undefined)
    return { problem: `its host and port cannot be read: give host:5432, and ${encoding}` }
  const [user, password] = splitAtFirst(login, ':')
  return {
    hosts,
    user: parameters.get('user') ?? given(decode(user)),
    password: parameters.get('password') ?? given(decode(password)),
    database: parameters.get('dbname') ?? given(decode(database)),
    parameters,
  }
}

/** The hosts and the database, without user, password and parameters. */
export function describePostgresUrl(url: string): string {
  const address = readPostgresUrl(url)
  if ('problem' in address) return 'postgres://'
  const hosts = address.hosts.map(({ host, port }) =>
    port === undefined ? host : `${host}:${port}`,
  )
  return `postgres://${hosts.join(',')}/${address.database ?? ''}`
}

/** Undefined if one of them is malformed. `ports` has one port for all, or one for each. */
function readHosts(
  names: readonly string[],
  ports: string | undefined,
): readonly PostgresHost[] | undefined {
  const all = (ports ?? '').split(',')
  const hosts: PostgresHost[] = []
  for (const [index, name] of names.entries()) {
    if (name === '' && names.length === 1 && ports === undefined) return []
    const isSocket = name.startsWith('/')
    const match = isSocket
      ? [name, name, undefined]
      : /^(\[[\da-f:.%]+\]|[^[\]:]*)(?::(\d{1,5}))?$/i.exec(name)
    if (match === null) return undefined
    const port = match[2] ?? given(all[all.length === 1 ? 0 : index] ?? '')
    if (port !== undefined && !(Number(port) > 0 && Number(port) <= 65_535)) return undefined
    hosts.push({
      host: decode((match[1] ?? '').replace(/^\[(.*)\]$/, '$1')),
      port: port === undefined ? undefined : Number(port),
    })
  }
  return hosts
}

/** Decodes what is a percent-encoding, and leaves any other % as it is. */
function decode(text: string): string {
  return text.replaceAll(/(?:%[\da-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded)
    } catch {
      return encoded
    }
  })
}

function given(text: string): string | undefined {
  return text === '' ? undefined : text
}

function splitAtFirst(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)]
}
