import { expect, inject, test } from 'vitest'
import { toolNames } from './find-tools.ts'

const { paths, problems } = inject('tools')

/** Without Go a missing program is a skip that names it; what Go could have built must be here. */
test.for(toolNames)('the real %s is here', (program, { skip }) => {
  const problem = problems.find((one) => one.program === program)
  skip(problem?.isFailure === false, problem?.text)
  expect(problem?.text).toBeUndefined()
  expect(paths[program]).not.toBe('')
})
