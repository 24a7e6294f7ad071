import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = new URL('../..', import.meta.url).pathname

/** Where old names have to appear: what renames them, what documents them, and the list of them here. */
const exempt = [
  'src/database/migrations/',
  'CHANGELOG.md',
  'test/upgrade/',
  'test/scripts/count-assertions.mjs',
  'test/tidy/vocabulary.test.ts',
]

/** Lines that may use a banned word, by file and by a text that the line contains. */
const allowed: readonly (readonly [file: string, text: string])[] = [
  ['test/support/browser.ts', "'--no-sandbox'"],
  // The page's own data attribute.
  ['src/emulator/pages/shop-script.ts', 'dataset.shown'],
  ['test/database/outage.test.ts', 'alter table'],
  // Names of an earlier version, from which files and settings are carried over.
  ['src/config/default-paths.ts', 'formerPath:'],
  ['src/config/former-settings.ts', "['SANDBOX_HOST', 'EMULATOR_HOST']"],
  ['src/config/former-settings.ts', "['SANDBOX_PORT', 'EMULATOR_PORT']"],
  ['src/database/carry-over.ts', "'.shown'"],
  ['src/emulator/main.ts', "'./data/stripe-sandbox.db'"],
  ['src/ledger/leader/high-water-mark.ts', "'.shown'"],
  ['test/config/config.test.ts', 'SANDBOX_'],
  ['test/config/config.test.ts', "'./data/sandbox.db'"],
  ['test/config/config.test.ts', "'./data/stripe-sandbox.db'"],
  ['test/ledger/leader/high-water-mark.test.ts', '.shown'],
  // Stripe's own hosted test environments.
  ['src/stripe/client/pacing.ts', 'reads a second in a sandbox'],
]

/** Words that appear nowhere, also not within a name such as `sandboxUrl`; with their inflections. */
const words =
  /^(voices?|hearing|sandbox(es)?|settlements?|witness(es)?|takers?|patiently|judge([ds]|ment)?|judging|verdicts?|storms?|clockwork|population|blows?)$/

/** Parts that do not stand together in one name, whatever joins them: `giveBack`, `give_back`, `give-back`. */
const names = [
  'give back',
  'is voice',
  'silenced at',
  'ended series',
  'voice token',
  'keep aside',
  'kept aside',
  'unreadable event',
  'unreadable events',
  'round store',
  'create rounds',
  'settle from',
  'create settlement',
  'open doors',
  'judge facts',
  'take turn',
  'after send',
  'shown file',
].map((name) => name.split(' '))

/** The old name of a shard, as a column of totals and hourly, and of the high-water mark's file. */
const patterns = [
  /counter, label, (?:(?:currency|hour), ){0,2}stripe\b/,
  /\b(?:totals|hourly|excluded)\.stripe\b/,
  /\bstripe: (?:Generated|ColumnType)/,
  /(?<![.\w])\.shown\b|dataset\.shown|>\.shown\b/,
]

/** No line without one of these has anything to be looked at. */
const suspicious =
  /voice|hearing|sandbox|settle|witness|taker|patiently|judg|verdict|storm|clockwork|population|blow|give.?back|silenced|ended.?series|aside|unreadable|round.?store|create.?round|open.?doors|take.?turn|after.?send|shown|stripe/i

function partsOf(name: string): readonly string[] {
  return name
    .split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/)
    .filter((part) => part !== '')
    .map((part) => part.toLowerCase())
}

function contains(parts: readonly string[], name: readonly string[]): boolean {
  return parts.some((_, at) => name.every((part, offset) => parts[at + offset] === part))
}

/** What a line says that it should not; undefined if nothing. */
function findBanned(line: string): string | undefined {
  if (!suspicious.test(line)) return undefined
  for (const name of line.match(/[\w$-]+/g) ?? []) {
    const parts = partsOf(name)
    if (parts.some((part) => words.test(part))) return name
    if (names.some((banned) => contains(parts, banned))) return name
  }
  return patterns.map((pattern) => pattern.exec(line)?.[0]).find((found) => found !== undefined)
}

function isAllowed(file: string, line: string): boolean {
  return allowed.some(([where, text]) => where === file && line.includes(text))
}

const files = execFileSync('git', ['ls-files'], { cwd: root })
  .toString()
  .split('\n')
  .filter((file) => file !== '' && !exempt.some((place) => file.startsWith(place)))

test('the words that were given up appear nowhere', { timeout: 60_000 }, () => {
  expect(files.length).toBeGreaterThan(400)
  const found = files.flatMap((file) => {
    const inName = findBanned(file)
    const text = readFileSync(join(root, file), 'utf8')
    const lines = text.includes('\0') ? [] : text.split('\n')
    const inText = lines.flatMap((line, at) => {
      const banned = findBanned(line)
      return banned === undefined || isAllowed(file, line) ? [] : [`${file}:${at + 1}: ${banned}`]
    })
    return inName === undefined ? inText : [`${file}: its name`, ...inText]
  })
  expect(found).toEqual([])
})

test.each([
  'const sandboxUrl = 1',
  'SANDBOX_PORT=3002',
  'the voices of replicas',
  'await locks.giveBack(database)',
  'select kept_aside from facts',
  'insert into totals (counter, label, stripe, total)',
  'readFileSync(ledger + `.shown`)',
  'what the judge found',
  'a give-back of the lease',
])('finds an old word in: %s', (line) => {
  expect(findBanned(line)).toBeDefined()
})

test.each([
  'the invoice is paid',
  'gives the message back',
  'everything below is told to stripe',
  'const { stripe } = shop',
  'exposed: [...shown, ...committed]',
  'createRound(1)',
])('leaves ordinary English alone: %s', (line) => {
  expect(findBanned(line)).toBeUndefined()
})
