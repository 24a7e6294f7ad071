import { createHash } from 'node:crypto'

/** `read` may ask; `operate` may also change. */
const scopes = ['read', 'operate'] as const

export type Scope = (typeof scopes)[number]

/** One of `API_KEYS`, of which only the SHA-256 is kept. */
export interface ApiKey {
  /** For the audit log; several keys of one caller share it while they are rotated. */
  readonly name: string
  readonly scope: Scope
  readonly digest: Buffer
}

export type ReadApiKeys =
  | { readonly keys: readonly ApiKey[] }
  /** What is wrong, without any part of a key. */
  | { readonly problem: string }

const keyCharsMin = 16
const keysPerNameMax = 2

const syntax =
  'give key, name:key or name:key:read, separated by commas: the key with 16 characters or more and without spaces or colons, the scope read or operate'

/**
 * Reads `key`, `name:key` or `name:key:scope`, separated by commas or line ends. Without a scope a key
 * may `operate`. Keys without a name are named by their position. A name has at most two keys, for
 * rotation. `npm run keys` makes a key of 256 bits.
 */
export function readApiKeys(value: string): ReadApiKeys {
  const keys: ApiKey[] = []
  const items = value.split(/[,\n]/).map((item) => item.trim())
  const given = items.filter((item) => item !== '')
  if (value !== '' && given.length === 0)
    return { problem: 'there is no key in it: give at least one, or leave it out' }
  for (const [place, item] of given.entries()) {
    const key = readKey(item, `key-${place + 1}`)
    if (key === undefined) return { problem: `entry ${place + 1}: ${syntax}` }
    if (keys.some(({ digest }) => digest.equals(key.digest)))
      return { problem: `entry ${place + 1}: this key is given twice` }
    if (keys.filter(({ name }) => name === key.name).length >= keysPerNameMax)
      return { problem: `entry ${place + 1}: its name has ${keysPerNameMax} keys already` }
    keys.push(key)
  }
  return { keys }
}

/** The digest that is stored of a key and compared with a caller's. */
export function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

/** What a key is known by where its digest may not be shown: in idempotency keys and sessions. */
export function keyIdOf(digest: Buffer): string {
  return digest.toString('hex').slice(0, 16)
}

function readKey(item: string, nameDefault: string): ApiKey | undefined {
  const parts = item.split(':')
  const [name, key, scope] = parts.length === 1 ? [nameDefault, ...parts] : parts
  const known = scopes.find((one) => one === (scope ?? 'operate'))
  if (name === undefined || key === undefined || known === undefined || parts.length > 3)
    return undefined
  if (!/^[\w.-]{1,40}$/.test(name) || key.length < keyCharsMin || /\s/.test(key)) return undefined
  return { name, scope: known, digest: digestOf(key) }
}
