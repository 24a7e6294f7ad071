import { randomBytes } from 'node:crypto'
import { readApiKeys } from '../config/api-keys.ts'
import { AppError } from '../errors.ts'
import type { CommandContext } from './command.ts'
import { type CommandDescription, readOptions } from './read-options.ts'

const description = {
  usage: 'npm run keys -- [name] [--scope read|operate] [--json]',
  about:
    'Makes a key of 256 bits for API_KEYS and prints it once. Nothing is kept, and no setting is needed.',
  exitCodes: '0 done, 2 refused.',
  argument: { name: 'name', help: 'the name of the key in the audit log; "api" by default' },
  options: {
    scope: {
      type: 'string',
      value: 'read|operate',
      default: 'operate',
      help: 'a read key may change nothing; operate by default',
    },
  },
} as const satisfies CommandDescription

const keyBytes = 32

/** `npm run keys`: generates a key and prints the entry to add to `API_KEYS`. Needs no settings. */
export async function keys(context: CommandContext): Promise<number> {
  const { print } = context
  const options = readOptions(context, description)
  if (options === undefined) return 0
  const { scope, json, argument: name = 'api' } = options
  const key = randomBytes(keyBytes).toString('base64url')
  const entry = `${name}:${key}:${scope}`
  const read = readApiKeys(entry)
  if ('problem' in read) throw new AppError('invalid_request', read.problem)
  if (json) print(JSON.stringify({ name, scope, key, entry }))
  else
    print(
      `Add to API_KEYS, separated by a comma, and restart:\n\n  ${entry}\n\nThe caller sends:\n\n  Authorization: Bearer ${key}`,
    )
  return 0
}
