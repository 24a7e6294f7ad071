import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { scriptHelp } from '../support/script-help.ts'

const root = new URL('../..', import.meta.url).pathname

/** Those of npm scripts that are programs of ours, without the commands of the service. */
const programs = Object.entries(manifest.scripts).flatMap(([name, line]) => {
  const [, file] = /^exec node (test\/\S+\.ts)$/.exec(line) ?? []
  return file === undefined ? [] : [[name, file] as const]
})

test('every program has a help', () => {
  expect(programs.map(([name]) => name).toSorted()).toEqual(Object.keys(scriptHelp).toSorted())
})

test.each(programs)('npm run %s -- --help explains each option and ends with 0', (name, file) => {
  const text = execFileSync(process.execPath, [file, '--help'], { cwd: root, encoding: 'utf8' })
  expect(text).toMatch(new RegExp(`^npm run ${name} -- \\[options\\]\\n\\n\\S`))
  expect(text).toMatch(/^ {2}--help +show this help$/m)
})
