import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { textOf } from '../deploy/repository.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const script = new URL('build-tools.sh', import.meta.url).pathname
const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0

/** What the linter finds, with every rule at its own level. */
function lint(dockerfile: string): { readonly status: number | null; readonly output: string } {
  const program = execFileSync('bash', [script, 'hadolint']).toString().trim()
  const file = join(temporaryFolder(), 'Dockerfile')
  writeFileSync(file, dockerfile)
  const { status, stdout, stderr } = spawnSync(program, ['--no-color', file])
  return { status, output: `${stdout}${stderr}` }
}

describe.skipIf(!hasPip)('hadolint', () => {
  test('finds nothing wrong in the Dockerfile', () => {
    expect(lint(textOf('deploy/Dockerfile'))).toEqual({ status: 0, output: '' })
  })

  test('finds a base without a version', () => {
    const { status, output } = lint(
      textOf('deploy/Dockerfile').replaceAll(/^FROM node:\S+/gm, 'FROM node'),
    )
    expect(output).toContain('DL3006')
    expect(status).toBe(1)
  })
})
