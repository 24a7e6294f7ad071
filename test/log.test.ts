import { expect, test } from 'vitest'
import { AppError } from '../src/errors.ts'
import { describeError } from '../src/log.ts'

test('our own error messages are logged, a library’s are not, because they may contain user input', () => {
  const library = Object.assign(new TypeError('jenny@example.com is no number'), { code: 'ERR_X' })
  const described = describeError(new AppError('internal', 'it failed', { cause: library }))
  expect(described).toMatchObject({
    name: 'AppError',
    code: 'internal',
    message: 'it failed',
    cause: { name: 'TypeError', code: 'ERR_X', stack: expect.stringContaining('at ') },
  })
  expect(JSON.stringify(described)).not.toContain('jenny')
})

test('any other thrown value is described by its type', () => {
  expect(describeError('jenny@example.com')).toEqual({ name: 'string' })
})
