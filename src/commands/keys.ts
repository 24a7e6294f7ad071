import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { readApiKeys } from '../config/api-keys.ts'
import { AppError } from '../errors.ts'
import type { Command } from './command.ts'

const help = `npm run keys -- [name] [--scope read|operate] [--json]
Makes a key of 256 bits for API_KEYS and prints it once. Nothing is kept.`

const keyBytes = 32

/** `npm run keys`: generates a key and prints the entry to add to `API_KEYS`. Needs no settings. */
export const keys: Command = async ({ args, print }) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      scope: { type: 'string', default: 'operate' },
    },
  })
  if (values.help) {
    print(help)
    return 0
  }
  const [name = 'api'] = positionals
  const key = randomBytes(keyBytes).toString('base64url')
  const entry = `${name}:${key}:${values.scope}`
  const read = readApiKeys(entry)
  if ('problem' in read) throw new AppError('invalid_request', read.problem)
  if (values.json) print(JSON.stringify({ name, scope: values.scope, key, entry }))
  else
    print(
      `Add to API_KEYS, separated by a comma, and restart:\n\n  ${entry}\n\nThe caller sends:\n\n  Authorization: Bearer ${key}`,
    )
  return 0
}
