import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { createPromtool } from './promtool.ts'
import { ruleFiles, ruleTestFiles } from './repository.ts'

const hasPromtool = spawnSync('promtool', ['--version']).status === 0
const promtool = createPromtool('promtool')

test.skipIf(!hasPromtool)(
  'promtool accepts the configuration and finds nothing in the rules',
  () => {
    expect(promtool.checkConfig()).toMatchObject({ status: 0 })
    const checked = promtool.checkRules(ruleFiles)
    expect(checked).toMatchObject({ status: 0 })
    expect(checked.output).not.toMatch(/FAILED|lint/i)
  },
)

test.skipIf(!hasPromtool).each(ruleTestFiles)('promtool runs %s', (file) => {
  const { status, output } = promtool.testRules(file)
  expect(output).toContain('SUCCESS')
  expect(status).toBe(0)
})
