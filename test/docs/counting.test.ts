import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** What docs/counting.md says is counted, the README's copy of it, and the tests that show each line. */
const root = new URL('../..', import.meta.url).pathname

function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** The rows of each table below a heading of the second level, without its header, as cells. */
function tablesOf(markdown: string, heading: string): readonly (readonly string[])[][] {
  const [, section = ''] = markdown.split(`\n## ${heading}\n`)
  const [text = ''] = section.split('\n## ')
  const tables = [...text.matchAll(/(?:^\|.*\|\n)+/gm)].map(([table]) => table.trim().split('\n'))
  return tables.map((rows) =>
    rows.slice(2).map((row) =>
      row
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    ),
  )
}

/** What is wrong with the tests that a cell names: none, or those that are not in their file. */
function problemsOf(cell: string): readonly string[] {
  const groups = [...cell.matchAll(/`(test\/[^`]+)`: ((?:"[^"]+"(?:, )?)+)/g)]
  if (groups.length === 0) return [`no test: ${cell}`]
  return groups.flatMap(([, file = '', names = '']) => {
    if (!existsSync(join(root, file))) return [`there is no ${file}`]
    const source = textOf(file)
    return [...names.matchAll(/"([^"]+)"/g)]
      .map(([, name = '']) => name)
      .filter((name) => !hasTest(source, name))
      .map((name) => `${file} has no test "${name}"`)
  })
}

function hasTest(source: string, name: string): boolean {
  return ["'", '`'].some((quote) =>
    new RegExp(`\\(\\s*${quote}${RegExp.escape(name)}${quote},`).test(source),
  )
}

const counting = textOf('docs/counting.md')
const [facts = []] = tablesOf(counting, 'Facts')
const [tests = [], rules = []] = tablesOf(counting, 'Tests')

test('the README and docs/counting.md have the same table of what is counted', () => {
  expect(facts).toHaveLength(5)
  expect(facts.every((row) => row.length === 5)).toBe(true)
  expect(tablesOf(textOf('README.md'), 'What is counted')).toEqual([facts])
})

test('each line of the table names tests of what counts and of what does not, and they exist', () => {
  expect(tests.map(([fact]) => fact)).toEqual(facts.map(([fact]) => fact))
  expect(tests.map((row) => row.length)).toEqual(facts.map(() => 3))
  expect(tests.flatMap(([, ...cells]) => cells.flatMap(problemsOf))).toEqual([])
})

test('each rule beside the table names tests that exist', () => {
  const names = rules.map(([rule = '']) => rule).join()
  for (const heading of ['#failed-attempts', '#refund-or-release', '#genesis'])
    expect(names).toContain(heading)
  expect(rules.flatMap(([, ...cells]) => cells.flatMap(problemsOf))).toEqual([])
})

test('a line without a test, with a missing one or with a missing file is found', () => {
  expect(problemsOf('')).toHaveLength(1)
  expect(problemsOf('`test/docs/none.test.ts`: "x"')).toEqual([
    'there is no test/docs/none.test.ts',
  ])
  expect(
    problemsOf(
      '`test/docs/counting.test.ts`: "each rule beside the table names tests that exist", "gone"',
    ),
  ).toEqual(['test/docs/counting.test.ts has no test "gone"'])
})
