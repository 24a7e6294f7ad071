import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { root } from '../deploy/repository.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const hasWine = spawnSync('wine', ['--version']).status === 0
if (!hasWine) process.stdout.write('scripts are not run in cmd.exe: wine is not installed\n')

/** What npm's own shims do on Windows: they are batch files, and the exit code is their program's. */
function shimThatAnswers(name: string, exitCode: number): string {
  return `@echo ${name} %*\r\n@exit /b ${exitCode}\r\n`
}

/**
 * Gives each line to a cmd.exe of its own, as npm does, in a folder that has our exec.cmd and a stand-in for each
 * program that scripts name. Answers what each wrote and its exit code.
 */
function typeInCmd(lines: readonly string[], exitCode = 0) {
  const folder = temporaryFolder()
  const [project, programs] = [join(folder, 'project'), join(folder, 'bin')]
  for (const one of [project, programs]) mkdirSync(one)
  copyFileSync(join(root, 'exec.cmd'), join(project, 'exec.cmd'))
  for (const name of ['node', 'vitest', 'biome', 'tsc', 'knip'])
    writeFileSync(join(programs, `${name}.cmd`), shimThatAnswers(name, exitCode))
  const typed = lines.map((line) => `@cmd /d /s /c "${line}"\r\n@echo ended %errorlevel%\r\n`)
  writeFileSync(join(project, 'all.cmd'), typed.join(''))
  const environment = {
    PATH: process.env.PATH,
    HOME: folder,
    WINEPREFIX: join(folder, 'wine'),
    WINEPATH: `Z:${programs.replaceAll('/', '\\')}`,
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: 'mscoree=;mshtml=;winemenubuilder.exe=',
  }
  const options = { cwd: project, env: environment }
  const { stdout } = spawnSync('wine', ['cmd', '/d', '/c', 'all.cmd'], options)
  const written = stdout.toString().split(/\r?\n/)
  return written.map((line) => line.trim()).filter((line) => line !== '')
}

function withoutExec(line: string): readonly string[] {
  return line.split(' && ').map((command) => command.replace(/^exec /, ''))
}

describe.skipIf(!hasWine)('cmd.exe, as Wine has it', () => {
  test('begins the programs of every script, in order, with their arguments and those that npm adds', () => {
    const lines = Object.values(manifest.scripts).map((line) => `${line} --json`)
    expect(typeInCmd(lines)).toEqual(lines.flatMap((line) => [...withoutExec(line), 'ended 0']))
  })

  test('ends with the exit code of the program that stands behind exec', () => {
    const line = manifest.scripts.verify
    expect(typeInCmd([line], 3)).toEqual([...withoutExec(line), 'ended 3'])
  })
})
