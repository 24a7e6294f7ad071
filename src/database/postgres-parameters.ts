import type { PostgresAddress } from './postgres-url.ts'

/** What a connection's parameters mean here, or why they cannot be used. */
export interface ParameterCheck {
  readonly problems: readonly string[]
  /** Parameters without effect, by name alone. */
  readonly warnings: readonly string[]
}

const tlsModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify']
const sessionKinds = ['any', 'read-write', 'primary']

/** Parameters that have an effect, or whose effect is what the service does anyway. */
const known: ReadonlySet<string> = new Set([
  'application_name',
  'channel_binding',
  'dbname',
  'fallback_application_name',
  'gssencmode',
  'host',
  'options',
  'password',
  'pgbouncer',
  'pooler',
  'port',
  'sslcert',
  'sslkey',
  'sslmode',
  'sslnegotiation',
  'sslrootcert',
  'target_session_attrs',
  'uselibpqcompat',
  'user',
])

/** Checks the parameters of DATABASE_URL, without connecting. */
export function checkParameters({ parameters }: PostgresAddress): ParameterCheck {
  const problems = [
    ...(parameters.has('schema') || parameters.has('search_path') || parameters.has('currentSchema')
      ? [
          'a schema is given by options=-c%20search_path%3D<schema>, or by ALTER ROLE … SET search_path for a pooler',
        ]
      : []),
    ...oneOf(parameters, 'sslmode', tlsModes),
    ...oneOf(parameters, 'sslnegotiation', ['postgres', 'direct']),
    ...oneOf(parameters, 'target_session_attrs', sessionKinds),
  ]
  const idle = [...parameters.keys()].filter(
    (name) => !known.has(name) && !/schema|^search/.test(name),
  )
  const warnings = idle.map(
    (name) => `DATABASE_URL: the parameter ${shown(name)} has no effect in this service`,
  )
  return { problems, warnings }
}

/** Whether a pooler in transaction mode is in between; `pgbouncer=true` is what Supabase shows. */
export function isBehindPooler({ parameters }: PostgresAddress): boolean {
  return parameters.get('pooler') === 'transaction' || parameters.get('pgbouncer') === 'true'
}

function oneOf(
  parameters: ReadonlyMap<string, string>,
  name: string,
  values: readonly string[],
): readonly string[] {
  const value = parameters.get(name)
  return value === undefined || values.includes(value)
    ? []
    : [`${name} can be ${values.join(', ')}, because the ledger is written`]
}

/** What is no plain name may be part of a secret. */
function shown(name: string): string {
  return /^[a-z_]{1,30}$/i.test(name) ? name : '(not a name)'
}
