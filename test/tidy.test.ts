import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { counterNames } from '../instrumentation/counters.ts'
import { measureFunctions, propertiesOf, readDeclarations } from './lint/functions.ts'

/** The rules that keep the house in order: who may import whom, how long a file may be. */
const root = new URL('..', import.meta.url).pathname
const files = globSync('{src,instrumentation}/**/*.{ts,mjs}', {
  cwd: root,
  exclude: ['**/*.d.ts'],
}).toSorted()
const tests = globSync('test/**/*.ts', { cwd: root, exclude: ['**/node_modules/**'] }).toSorted()
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

/** The same without `import()`, which loads later. */
const staticImportPattern = /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'/gm

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
  // A migration keeps the words of its time.
  const writers = files.filter((file) => !isIn(file, 'src/database/migrations/'))
  expect(writers.filter((file) => prefix.test(textOf(file)))).toEqual(['src/ledger/fact-key.ts'])
})

test('whether a number may be exposed is decided in the exposition alone, which both exports ask', () => {
  const decision = ['lease', 'keep-lease', 'high-water-mark', 'open-exposition'].map(
    (name) => `src/ledger/leader/${name}.ts`,
  )
  const breaks = ({ file, target }: Import) =>
    decision.includes(target) && !isIn(file, 'src/ledger/leader/', 'src/commands/', 'src/app/')
  expect(offenders(breaks)).toEqual([])
  const exports = ['instrumentation/export/otlp-metrics.ts', 'instrumentation/export/scrape.ts']
  const asking = imports.filter(({ target }) => target === 'src/ledger/leader/exposition.ts')
  expect(asking.map(({ file }) => file)).toEqual(expect.arrayContaining(exports))
})

test('the app opens the exposition, and has nothing of the lease or the high-water mark itself', () => {
  const breaks = ({ file, target }: Import) =>
    isIn(file, 'src/app/') && /leader\/(lease|keep-lease|high-water-mark)\.ts$/.test(target)
  expect(offenders(breaks)).toEqual([])
})

test('every stop step is in app.ts, and no other file defers one', () => {
  const deferring = files.filter((file) => /\bAsyncDisposableStack\b/.test(textOf(file)))
  expect(deferring.filter((file) => !isIn(file, 'src/commands/'))).toEqual([])
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

test.each([
  ['the driver of PostgreSQL', 'pg'],
  ["the rate limiter's other databases", 'rate-limiter-flexible'],
  ['the OTLP exporter of metrics', '@opentelemetry/exporter-metrics-otlp-proto'],
  ['the OTLP exporter of traces', '@opentelemetry/exporter-trace-otlp-proto'],
  ['the emulator', 'src/emulator/start-emulator.ts'],
])('%s is loaded only where it is used: no static import from the start leads to it', (_, name) => {
  expect(reachedFrom('src/main.ts')).not.toContain(name)
})

/** What is loaded together with a file: its static imports and theirs, types excluded. */
function reachedFrom(file: string, reached = new Set([file])): ReadonlySet<string> {
  const source = textOf(file)
  const found = [...source.matchAll(staticImportPattern)].filter(([, type]) => type === undefined)
  for (const [, , specifier = ''] of found) {
    const target = specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier
    if (reached.has(target)) continue
    reached.add(target)
    if (specifier.endsWith('.ts')) reachedFrom(target, reached)
  }
  return reached
}

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
    /(insertInto|updateTable|deleteFrom)\('(facts|totals|hourly)'\)|(into|update|delete from) (facts|totals|hourly)\b/
  const writers = files.filter((file) => writes.test(textOf(file)))
  expect(writers.filter((file) => !isIn(file, 'src/ledger/'))).toEqual([])
})

test('the console renders what the app passes to it: of features it imports types and pure functions alone', () => {
  const pure = ['src/ledger/fact-key.ts', 'src/ledger/api/dead-letter-schemas.ts']
  const shared = ['src/http/', 'src/config/api-keys.ts', 'src/errors.ts', 'src/money/', 'src/time/']
  const free = ['src/console/', ...shared, ...pure]
  const breaks = ({ file, target, typeOnly }: Import) =>
    isIn(file, 'src/console/') && isIn(target, 'src/') && !isIn(target, ...free) && !typeOnly
  expect(offenders(breaks)).toEqual([])
})

test('nobody but the app imports the console', () => {
  const breaks = ({ file, target }: Import) =>
    isIn(target, 'src/console/') && !isIn(file, 'src/console/', 'src/app/')
  expect(offenders(breaks)).toEqual([])
})

test('every file is used: imported by another, or where a process begins', () => {
  const begins = new Set(['src/start.mjs', 'src/emulator/main.ts'])
  const used = new Set([...imports, ...tests.flatMap(importsOf)].map(({ target }) => target))
  expect(files.filter((file) => !used.has(file) && !begins.has(file))).toEqual([])
})

test('no file has more than 200 lines, and half of them have no more than 70', () => {
  const lineCounts = files
    .map((file): [string, number] => [file, textOf(file).trimEnd().split('\n').length])
    .toSorted(([, one], [, other]) => one - other)
  expect(lineCounts.filter(([, count]) => count > 200)).toEqual([])
  expect(lineCounts[Math.floor(lineCounts.length / 2)]?.[1]).toBeLessThanOrEqual(70)
})

test('four files lie loose at the top of src', () => {
  expect(files.filter((file) => /^src\/[^/]+$/.test(file))).toEqual([
    'src/errors.ts',
    'src/log.ts',
    'src/main.ts',
    'src/start.mjs',
  ])
})

test('files are called in kebab-case', () => {
  const named = /^[a-z0-9]+(-[a-z0-9]+)*\.(ts|mjs)$/
  expect(files.filter((file) => !named.test(file.split('/').at(-1) ?? ''))).toEqual([])
})

test('no file imports itself by way of others, types included', () => {
  const targets = Map.groupBy(imports, ({ file }) => file)
  const circles: string[] = []
  const done = new Set<string>()
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '))
    if (path.includes(file) || done.has(file)) return
    for (const { target } of targets.get(file) ?? []) walk(target, [...path, file])
    done.add(file)
  }
  for (const file of files) walk(file, [])
  expect(circles).toEqual([])
})

const measured = files.flatMap((file) =>
  measureFunctions(textOf(file)).map((one) => ({ file, ...one })),
)

test('the measure finds functions, their lines and their parameters', () => {
  expect(measured.length).toBeGreaterThan(600)
  expect(
    measureFunctions(
      [
        'export async function first(',
        '  { one, two }: Options,',
        '  run: (a: number, b: Map<string, number>) => void,',
        '): Promise<{ a: string }> {',
        '  const second = (three: string): void => {',
        '    run(1, new Map())',
        '  }',
        '}',
        'const third = {',
        '  method(one: string) {',
        '    return one',
        '  },',
        '}',
      ].join('\n'),
    ),
  ).toEqual([
    {
      name: 'first',
      lineCount: 8,
      parameters: ['{ one, two }: Options', 'run: (a: number, b: Map<string, number>) => void'],
    },
    // The type of a function counts as one that takes as much.
    { name: 'run', lineCount: 1, parameters: ['a: number', 'b: Map<string, number>'] },
    { name: 'second', lineCount: 3, parameters: ['three: string'] },
    { name: 'method', lineCount: 3, parameters: ['one: string'] },
  ])
})

test('no function is longer than 60 lines', () => {
  const long = measured.filter(({ lineCount }) => lineCount > 60)
  expect(long.map(({ file, name, lineCount }) => `${file} ${name} ${lineCount}`)).toEqual([])
})

/** One thing each, however many columns or fields it has: rows, Stripe's objects, what is recorded. */
const records = [
  'src/database/schema.ts',
  'src/emulator/objects/subscription-types.ts',
  'src/emulator/objects/types.ts',
  'src/ledger/fact.ts',
]
const recordNames: ReadonlySet<string> = new Set(['Campaign'])

const declarations = new Map(
  files
    .filter((file) => !isIn(file, ...records))
    .flatMap((file) => readDeclarations(textOf(file)))
    .filter(({ name }) => !recordNames.has(name))
    .map((declaration) => [declaration.name, declaration]),
)

/** How many things a parameter hands over: what is taken out of it by name, or what its type has. */
function thingsOf(parameter: string): number {
  const [pattern = '', type = ''] = parameter.split(/^(\{[\s\S]*?\}|\w+\??)(?:: )/).slice(1)
  const taken = pattern.startsWith('{') ? pattern.split(',').filter((one) => /\w/.test(one)) : []
  return Math.max(1, taken.length, propertiesOf(type, (name) => declarations.get(name)).size)
}

test('no function takes more than eight values, as parameters or in an object', () => {
  const greedy = measured.filter(
    ({ parameters }) => parameters.length > 8 || parameters.some((one) => thingsOf(one) > 8),
  )
  expect(greedy.map(({ file, name }) => `${file} ${name}`)).toEqual([])
})

test('no file hides a type or a rule from the checks', () => {
  const hidden = /@ts-(ignore|expect-error|nocheck)|\bas any\b|: any\b|biome-ignore/
  expect(files.filter((file) => hidden.test(textOf(file)))).toEqual([])
})

/** Closing any other descriptor of these files drops the locks that SQLite has on them. */
test('nothing but SQLite opens the ledger and its related files', () => {
  const opening =
    /^import \{[^}]*\b(open|readFile|copyFile|cp|createReadStream)(Sync)?\b[^}]*\} from 'node:fs/m
  const reading = files.filter((file) => isIn(file, 'src/') && opening.test(textOf(file)))
  expect(reading).toEqual([
    // The commit, in the sources.
    'src/app/release.ts',
    // Creates an export's file, and fails if there is one: so it never opens the ledger.
    'src/commands/export.ts',
    // Files of secrets, named by the operator.
    'src/config/env-file.ts',
    'src/config/secret-files.ts',
    // The console's styles and scripts.
    'src/console/assets.ts',
    // A folder, to sync it.
    'src/database/carry-over.ts',
    // Creates and syncs a backup, never the ledger.
    'src/database/copy-sqlite.ts',
    // Creates a new ledger's file with its mode, before SQLite opens it.
    'src/database/open-sqlite.ts',
    // Certificates, named by the operator.
    'src/database/postgres-tls.ts',
    // What the system has mounted.
    'src/database/resolve-path.ts',
    // Swagger UI's styles and scripts.
    'src/http/api-docs.ts',
    // The high-water mark.
    'src/ledger/leader/replace-file.ts',
  ])
})
