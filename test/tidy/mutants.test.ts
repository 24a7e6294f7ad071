import { existsSync, globSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { expect, test } from 'vitest'
import { coreFolders, coveredFiles } from '../mutation/covered-files.ts'
import { explainedSurvivors } from '../mutation/explained-survivors.ts'
import { applyMutant } from '../mutation/mutant.ts'
import { mutants } from '../mutation/mutants.ts'

test('every mutant has an id of its own', () => {
  expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length)
})

test.each(mutants)('the mutant $id matches its source once, and its tests exist', (mutant) => {
  const source = readFileSync(mutant.file, 'utf8')
  expect(applyMutant(source, mutant)).not.toBe(source)
  const tests = 'tests' in mutant ? mutant.tests : []
  expect(tests.filter((file) => !existsSync(file))).toEqual([])
  const named = 'named' in mutant ? (mutant.named ?? '') : ''
  expect(tests.filter((file) => !isNamedIn(file, named))).toEqual([])
})

/** Whether a test file has a title that a run by this name finds. */
function isNamedIn(file: string, named: string): boolean {
  const [first = ''] = named.split('|')
  return readFileSync(file, 'utf8').includes(first.replaceAll(/\\(.)/g, '$1'))
}

test('Stryker has tests for every file of the core in which anything runs, and for no other', () => {
  const core = coreFolders.flatMap((folder) => globSync(`${folder}/**/*.ts`)).filter(isExecuted)
  expect(core.filter((file) => coveredFiles[file] === undefined)).toEqual([])
  expect(Object.keys(coveredFiles).filter((file) => !existsSync(file))).toEqual([])
  expect(
    Object.values(coveredFiles)
      .flat()
      .filter((file) => !existsSync(file)),
  ).toEqual([])
})

test('every explained survivor of Stryker is about a line that is still there', () => {
  const gone = explainedSurvivors.filter(
    ({ file, line }) =>
      !readFileSync(file, 'utf8')
        .split('\n')
        .some((one) => one.trim() === line),
  )
  expect(gone).toEqual([])
})

/** Whether anything is left of a file without its types, imports and comments. */
function isExecuted(file: string): boolean {
  const code = stripTypeScriptTypes(readFileSync(file, 'utf8'))
  const body = code.replaceAll(/\/\*[\s\S]*?\*\/|^import .*$/gm, '')
  return /\S/.test(body)
}
