import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { counterNames } from '../instrumentation/counters.ts'

/** The rules that keep the house in order: who may import whom, how long a file may be. */
const root = new URL('..', import.meta.url).pathname
const files = globSync('{src,instrumentation}/**/*.{ts,mjs}', { cwd: root }).toSorted()
const tests = globSync('test/**/*.ts', { cwd: root }).toSorted()
function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

interface Import {
  readonly file: string
  /** A path from the root for our own files, else the package's name. */
  readonly target: string
  readonly typeOnly: boolean
}

const importPattern =
  /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|import\('([^']+)'\)/gm

function importsOf(file: string): readonly Import[] {
  return [...textOf(file).matchAll(importPattern)].map(([, type, from, bare, dynamic]) => {
    const specifier = from ?? bare ?? dynamic ?? ''
    const target = specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier
    return { file, target, typeOnly: type !== undefined }
  })
}

const imports = files.flatMap(importsOf)

/** Every import that breaks a rule, as "file -> target". */
function offenders(breaks: (one: Import) => boolean): readonly string[] {
  return imports.filter(breaks).map(({ file, target }) => `${file} -> ${target}`)
}

function isIn(path: string, ...folders: readonly string[]): boolean {
  return folders.some((folder) => path.startsWith(folder))
}

test('the pattern finds the imports that there are', () => {
  expect(imports.length).toBeGreaterThan(300)
  expect(imports).toContainEqual({
    file: 'src/app/ledger.ts',
    target: 'src/ledger/record/ledger.ts',
    typeOnly: false,
  })
})

test('only instrumentation imports OpenTelemetry', () => {
  const breaks = ({ file, target }: Import) =>
    target.startsWith('@opentelemetry/') && !isIn(file, 'instrumentation/')
  expect(offenders(breaks)).toEqual([])
})

const contract = 'instrumentation/counters.ts'

test('instrumentation imports from src only the types of the ledger, and time', () => {
  const breaks = ({ file, target, typeOnly }: Import) =>
    isIn(file, 'instrumentation/') &&
    isIn(target, 'src/') &&
    !isIn(target, 'src/time/') &&
    !(typeOnly && isIn(target, 'src/ledger/'))
  expect(offenders(breaks)).toEqual([])
})

test('anybody may import time, which imports of ours only the errors', () => {
  const breaks = ({ file, target }: Import) =>
    isIn(file, 'src/time/') &&
    isIn(target, 'src/', 'instrumentation/') &&
    !isIn(target, 'src/time/', 'src/errors.ts')
  expect(offenders(breaks)).toEqual([])
})

test('anybody may import the contract of the counters, which imports nothing', () => {
  expect(imports.filter(({ file }) => file === contract)).toEqual([])
  expect(imports.filter(({ target }) => target === contract).length).toBeGreaterThan(10)
})

test('all counters are listed in the contract, and where the compiler completes the list', () => {
  const listsAll = (file: string) => counterNames.every((name) => textOf(file).includes(name))
  expect(files.filter(listsAll)).toEqual([
    'instrumentation/business/recorder.ts',
    contract,
    'src/emulator/pages/counters-view.ts',
    'src/ledger/fact-key.ts',
  ])
})

test('the ledger imports of instrumentation only the contract of the counters', () => {
  const breaks = ({ file, target }: Import) =>
    isIn(file, 'src/ledger/') && isIn(target, 'instrumentation/') && target !== contract
  expect(offenders(breaks)).toEqual([])
})

test('only the file of fact keys writes how a key begins', () => {
  const prefix = /['"`^](payment|checkout|post):/
  expect(files.filter((file) => prefix.test(textOf(file)))).toEqual(['src/ledger/fact-key.ts'])
})

const portsOfFeatures: ReadonlySet<string> = new Set([
  'instrumentation/business/recorder.ts',
  'instrumentation/traces/traces.ts',
])

test('features import of instrumentation only the contract and the types of the recorder and of traces', () => {
  const breaks = ({ file, target, typeOnly }: Import) =>
    isIn(file, 'src/billing/', 'src/stripe/', 'src/marketing/') &&
    isIn(target, 'instrumentation/') &&
    target !== contract &&
    !(typeOnly && portsOfFeatures.has(target))
  expect(offenders(breaks)).toEqual([])
})

const features = ['src/billing/', 'src/stripe/', 'src/marketing/']

/** Billing calls Stripe through the gateway, whose types are the one thing that features share. */
const shared: ReadonlySet<string> = new Set(['src/stripe/client/gateway.ts'])

test('no feature imports the routes or verbs of another', () => {
  const breaks = ({ file, target, typeOnly }: Import) =>
    features.some((own) => isIn(file, own) && !isIn(target, own) && isIn(target, ...features)) &&
    !(typeOnly && shared.has(target))
  expect(offenders(breaks)).toEqual([])
})

test.each([
  ['croner', ['src/time/cron-schedule.ts']],
  ['stripe', ['src/stripe/', 'src/emulator/']],
  ['node:sqlite', ['src/database/', 'src/ledger/', 'src/emulator/']],
  ['pg', ['src/database/']],
  ['qs', ['src/emulator/']],
  ['pino', ['src/log.ts']],
  ['@hono/node-server', ['src/http/']],
])('%s is imported in its own place alone', (name, places) => {
  const breaks = ({ file, target, typeOnly }: Import) =>
    target === name && !typeOnly && !isIn(file, ...places)
  expect(offenders(breaks)).toEqual([])
})

test('only the database opens database files; others have the types', () => {
  const breaks = ({ file, target, typeOnly }: Import) =>
    target === 'node:sqlite' && !typeOnly && !isIn(file, 'src/database/')
  expect(offenders(breaks)).toEqual([])
})

test('only the settings read the environment', () => {
  const readers = files.filter((file) => textOf(file).includes('process.env'))
  expect(readers).toEqual(['src/config/config.ts'])
})

test('only the ledger writes facts and totals', () => {
  const writes =
    /(insertInto|updateTable|deleteFrom)\('(facts|totals|hourly)'\)|(into|update|from) (facts|totals|hourly)\b/
  const writers = files.filter((file) => writes.test(textOf(file)))
  expect(writers.filter((file) => !isIn(file, 'src/ledger/'))).toEqual([])
})

test('every file is used: imported by another, or where a process begins', () => {
  const begins = new Set(['src/start.mjs', 'src/emulator/main.ts'])
  const used = new Set([...imports, ...tests.flatMap(importsOf)].map(({ target }) => target))
  expect(files.filter((file) => !used.has(file) && !begins.has(file))).toEqual([])
})

test('files are short, and called in kebab-case', () => {
  const lineMax = 220
  const long = files.filter((file) => textOf(file).split('\n').length > lineMax)
  expect(long).toEqual([])
  const named = /^[a-z0-9]+(-[a-z0-9]+)*\.(ts|mjs)$/
  expect(files.filter((file) => !named.test(file.split('/').at(-1) ?? ''))).toEqual([])
})

test('no file hides a type or a rule from the checks', () => {
  const hidden = /@ts-(ignore|expect-error|nocheck)|\bas any\b|: any\b|biome-ignore/
  expect(files.filter((file) => hidden.test(textOf(file)))).toEqual([])
})
