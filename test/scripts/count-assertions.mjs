// Counts tests and assertions by suite in one revision, or compares two:
//   node test/scripts/count-assertions.mjs <revision> [<revision>]
// A revision is anything that git knows, or "work" for the work tree. A suite is a folder of test/; a file
// that was moved counts where it is now.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Suites that had another name, for files that git does not see to be renamed. */
const formerNames = { storm: 'chaos', sandbox: 'emulator', process: 'app', replicas: 'ledger' }

const counted = {
  tests: /(?<![\w.])(?:test|it)(?=[.(])/g,
  expect: /(?<![\w.])expect(?:\.soft|\.poll)?\(/g,
  expectTypeOf: /(?<![\w.])expectTypeOf\b(?=[(<])/g,
  assert: /(?<![\w.])(?:assert(?:\.\w+)?|deepStrictEqual|strictEqual)\(/g,
}

function git(...args) {
  return execFileSync('git', args, { maxBuffer: 1 << 28 }).toString()
}

function filesOf(revision) {
  const listed =
    revision === 'work'
      ? git('ls-files', '--cached', '--others', '--exclude-standard', 'test')
      : git('ls-tree', '-r', '--name-only', revision, 'test')
  return listed
    .split('\n')
    .filter((file) => /\.(ts|mjs)$/.test(file) && !import.meta.url.endsWith(file))
}

function textOf(revision, file) {
  return revision === 'work' ? readFileSync(file, 'utf8') : git('show', `${revision}:${file}`)
}

/** Where the files of one revision are in the other, as far as git sees that they were moved. */
function findMoves(before, after) {
  const revisions = after === 'work' ? [before] : [before, after]
  const lines = git('diff', '-M30%', '--diff-filter=R', '--name-status', ...revisions, '--', 'test')
  return new Map(
    lines.split('\n').flatMap((line) => {
      const [, from, to] = line.split('\t')
      return to === undefined ? [] : [[from, to]]
    }),
  )
}

function suiteOf(file) {
  const [, first = '', second] = file.split('/')
  if (second === undefined) return '(top)'
  return formerNames[first] ?? first
}

/** How often each thing is there, by suite. */
function count(revision, moves = new Map()) {
  const suites = new Map()
  for (const file of filesOf(revision)) {
    const text = textOf(revision, file)
    const name = suiteOf(moves.get(file) ?? file)
    const suite = suites.get(name) ?? { tests: 0, assertions: 0 }
    const found = (what) => text.match(counted[what])?.length ?? 0
    suite.tests += found('tests')
    suite.assertions += found('expect') + found('expectTypeOf') + found('assert')
    suites.set(name, suite)
  }
  return suites
}

const [before, after] = process.argv.slice(2)
if (before === undefined) {
  process.stderr.write('count-assertions: name a revision, or two to compare, or "work"\n')
  process.exit(2)
}
const counts =
  after === undefined ? [count(before)] : [count(before, findMoves(before, after)), count(after)]
const suites = [...new Set(counts.flatMap((one) => [...one.keys()]))].toSorted()
const none = { tests: 0, assertions: 0 }
const rows = suites.map((suite) => {
  const [one = none, other] = counts.map((all) => all.get(suite) ?? none)
  if (other === undefined) return { suite, ...one }
  return {
    suite,
    'tests before': one.tests,
    'tests after': other.tests,
    'assertions before': one.assertions,
    'assertions after': other.assertions,
    fewer: other.assertions < one.assertions || other.tests < one.tests ? 'fewer' : '',
  }
})
const totals = Object.fromEntries(
  Object.keys(rows[0] ?? {}).map((column) => [
    column,
    column === 'suite'
      ? 'all'
      : typeof rows[0][column] === 'number'
        ? rows.reduce((sum, row) => sum + row[column], 0)
        : '',
  ]),
)
// biome-ignore lint/suspicious/noConsole: a table for a person is what this program is for
console.table([...rows, totals])
