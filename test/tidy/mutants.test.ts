import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
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
})
