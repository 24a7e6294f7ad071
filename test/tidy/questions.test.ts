import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'

const root = new URL('../..', import.meta.url).pathname

/** What a newcomer asks, and where it is answered: a file, and what one of its lines says. */
const questions = z
  .array(z.object({ question: z.string(), answers: z.record(z.string(), z.string()) }))
  .parse(JSON.parse(readFileSync(new URL('../questions.json', import.meta.url), 'utf8')))

test('there are enough questions, and none is asked twice', () => {
  const asked = questions.map(({ question }) => question)
  expect(asked.length).toBeGreaterThanOrEqual(20)
  expect(new Set(asked).size).toBe(asked.length)
})

test.each(questions)('$question', ({ answers }) => {
  const files = Object.entries(answers)
  expect(files.length).toBeGreaterThan(0)
  expect(files.length).toBeLessThanOrEqual(3)
  const unanswered = files.flatMap(([file, line]) => {
    if (!existsSync(join(root, file))) return [`${file} is not there`]
    const lines = readFileSync(join(root, file), 'utf8').split('\n')
    const pattern = new RegExp(line)
    return lines.some((one) => pattern.test(one)) ? [] : [`${file} has no line like ${line}`]
  })
  expect(unanswered).toEqual([])
})
