import { readFileSync } from 'node:fs'

type Given = Readonly<Record<string, string>>

/** Settings whose value may be read from a file, as Docker and Kubernetes mount secrets. */
const secretFileNames = [
  'ALERT_CHANNEL_FILE',
  'API_KEYS_FILE',
  'DATABASE_PASSWORD_FILE',
  'DATABASE_URL_FILE',
  'METRICS_BASIC_AUTH_FILE',
  'METRICS_TOKEN_FILE',
  'STRIPE_SECRET_KEY_FILE',
  'STRIPE_WEBHOOK_SECRET_FILE',
] as const

export interface WithSecretFiles {
  readonly given: Given
  readonly problems: readonly string[]
}

/** Sets `<NAME>` to the content of the file that `<NAME>_FILE` names. */
export function readSecretFiles(environment: Given): WithSecretFiles {
  const given: Record<string, string> = { ...environment }
  const problems: string[] = []
  for (const fileName of secretFileNames) {
    const path = given[fileName]
    const name = fileName.slice(0, -'_FILE'.length)
    if (path === undefined) continue
    if (given[name] !== undefined) {
      problems.push(`${fileName} is given beside ${name}: give one of them`)
      continue
    }
    const read = readSecret(path)
    if ('problem' in read) problems.push(`${fileName}: ${read.problem}`)
    else given[name] = read.value
  }
  return { given, problems }
}

/** The content of a file that a setting names; undefined if it cannot be read. */
export function readFileBytes(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

function readSecret(path: string): { readonly value: string } | { readonly problem: string } {
  try {
    const value = readFileSync(path, 'utf8').trim()
    return value === '' ? { problem: 'the file is empty: write the secret into it' } : { value }
  } catch (cause) {
    return {
      problem: `the file cannot be read (${codeOf(cause)}): see that it is there and readable`,
    }
  }
}

/** Node's message is not used: it contains the path, which may be the secret itself, given by mistake. */
function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'no code'
}
