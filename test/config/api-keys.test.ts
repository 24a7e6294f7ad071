import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { digestOf } from '../../src/config/api-keys.ts'
import { type Environment, resolveConfig } from '../../src/config/config.ts'
import { runStartWith } from '../support/run-command-on.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStack } from '../support/test-stack.ts'

const key = 'key-of-sixteen-chars'

function keysOf(value: string) {
  return resolveConfig({ API_KEYS: value }).apiKeys.map(({ name, scope }) => [name, scope])
}

function problemOf(environment: Environment): string {
  try {
    resolveConfig(environment)
    return ''
  } catch (cause) {
    return cause instanceof Error ? cause.message : ''
  }
}

test.each([',', ' , ,', ',,'])('an empty list %j has no key and is refused', (value) => {
  for (const HOST of ['0.0.0.0', '127.0.0.2'])
    expect(problemOf({ HOST, API_KEYS: value })).toMatch(/API_KEYS: there is no key in it/)
})

test.each(['127.0.0.1', '127.0.0.2', '::1', '[::1]', 'localhost'])(
  'HOST=%s is loopback and needs no key',
  (host) => {
    expect(resolveConfig({ HOST: host }).host).toBe(host === '[::1]' ? '::1' : host)
  },
)

test.each(['0.0.0.0', '::', '10.0.0.1', '127.example', 'localhost.example', '1270.0.0.1'])(
  'HOST=%s is not loopback and needs a key',
  (host) => expect(problemOf({ HOST: host })).toMatch(/API_KEYS is missing/),
)

test('a key may have a name and a scope', () => {
  expect(keysOf(`${key}1,shop:${key}2,\nreport:${key}3:read,shop:${key}4:operate`)).toEqual([
    ['key-1', 'operate'],
    ['shop', 'operate'],
    ['report', 'read'],
    ['shop', 'operate'],
  ])
})

test.each([
  ['short', /entry 1: give key/],
  [`${key},shop:${key}2:admin`, /entry 2: give key/],
  [`a b:${key}`, /entry 1: give key/],
  [`shop:${key}:read:more`, /entry 1: give key/],
  [`a:${key},b:${key}`, /entry 2: this key is given twice/],
  [`a:${key}1,a:${key}2,a:${key}3`, /entry 3: its name has 2 keys already/],
])('%s is refused, and no part of a key is shown', (value, problem) => {
  const text = problemOf({ API_KEYS: value })
  expect(text).toMatch(problem)
  expect(text).not.toContain(key)
  expect(text).not.toContain('short')
})

test('secrets are read from the files that are named', () => {
  const folder = temporaryFolder(testStack())
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const config = resolveConfig({
    API_KEYS_FILE: file('keys', `shop:${key}1\nreport:${key}2:read\n`),
    STRIPE_SECRET_KEY_FILE: file('key', 'sk_test_1\n'),
    STRIPE_WEBHOOK_SECRET_FILE: file('secret', 'whsec_1\nwhsec_2\n'),
    DATABASE_URL_FILE: file('url', 'postgres://u:p@h/d\n'),
  })
  expect(config.apiKeys.map(({ digest }) => digest)).toEqual([
    digestOf(`${key}1`),
    digestOf(`${key}2`),
  ])
  expect(config.stripe).toMatchObject({
    secretKey: 'sk_test_1',
    webhookSecrets: ['whsec_1', 'whsec_2'],
  })
  expect(config.database).toEqual({ engine: 'postgres', url: 'postgres://u:p@h/d' })
})

test('a file of secrets that is missing, empty or given beside the setting is refused', () => {
  const folder = temporaryFolder(testStack())
  const empty = join(folder, 'empty')
  writeFileSync(empty, '\n')
  chmodSync(empty, 0o600)
  expect(problemOf({ API_KEYS_FILE: join(folder, 'none') })).toMatch(/API_KEYS_FILE: .*ENOENT/)
  expect(problemOf({ DATABASE_URL_FILE: empty })).toMatch(/DATABASE_URL_FILE: the file is empty/)
  expect(problemOf({ API_KEYS: key, API_KEYS_FILE: empty })).toMatch(
    /API_KEYS_FILE is given beside/,
  )
})

test('npm run keys makes an entry of 256 bits that the settings take, whatever the settings are', async () => {
  const folder = temporaryFolder(testStack())
  const make = () =>
    runStartWith(folder, { HOST: '0.0.0.0' }, 'keys', 'shop', '--scope', 'read', '--json')
  const made = await Promise.all([make(), make()])
  const [first, second] = made.map(({ text }) => printed.parse(JSON.parse(text)))
  expect(first?.key).not.toBe(second?.key)
  expect(Buffer.from(first?.key ?? '', 'base64url')).toHaveLength(32)
  expect(keysOf(first?.entry ?? '')).toEqual([['shop', 'read']])
})

const printed = z.object({ key: z.string(), entry: z.string() })
