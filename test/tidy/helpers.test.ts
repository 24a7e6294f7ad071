import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = new URL('../..', import.meta.url).pathname
const files = globSync('test/**/*.{ts,mjs}', { cwd: root, exclude: ['**/node_modules/**'] })
  .filter((file) => !file.startsWith('test/tidy/'))
  .toSorted()
const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]))

/** The program that lays the fixture of an earlier version runs by itself, once. */
function isTool(file: string): boolean {
  return /^test\/upgrade\/.*\.mjs$/.test(file)
}

/** What is started by anything else than these would outlive a test run that is killed. */
test.each([
  [
    'processes',
    /\b(?:spawn|fork)\b.*from 'node:child_process'/,
    [
      'test/chaos/scenarios/lost/clocked-stripe.ts',
      'test/deploy/image.slow.ts',
      'test/support/cleanup.ts',
      'test/support/run-process.ts',
    ],
  ],
  [
    'temporary folders',
    /(?<![\w.])mkdtempSync\(/,
    // In chaos only below a folder of the run's, which is removed with it.
    [
      'test/chaos/harness/books.ts',
      'test/chaos/harness/small-disk.ts',
      'test/chaos/harness/test-bed.ts',
      'test/support/temporary-folder.ts',
    ],
  ],
] as const)('%s are started by the helpers that end them', (_, starts, helpers) => {
  const starters = files.filter((file) => starts.test(texts.get(file) ?? '') && !isTool(file))
  expect(starters).toEqual(helpers)
})

test('no file of the chaos harness is longer than 250 lines', () => {
  const long = files.filter(
    (file) => file.startsWith('test/chaos/') && (texts.get(file) ?? '').split('\n').length > 250,
  )
  expect(long).toEqual([])
})

test('chaos, bench and stack take what they share from test/support, not from each other', () => {
  const suites = ['chaos', 'bench', 'stack'] as const
  const borrowed = files.flatMap((file) => {
    const own = file.split('/')[1]
    const others = suites.filter((suite) => suite !== own)
    const pattern = new RegExp(`from '(?:\\.\\./)+(?:${others.join('|')})/`)
    return pattern.test(texts.get(file) ?? '') ? [file] : []
  })
  expect(
    borrowed.filter((file) => suites.some((suite) => file.startsWith(`test/${suite}/`))),
  ).toEqual([])
})
