import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { settingNames, textOf } from './repository.ts'

const unit = textOf('deploy/countinghouse.service')
const lines = unit.split('\n').filter((line) => /^\w+=/.test(line))

function valuesOf(name: string): readonly string[] {
  return lines
    .filter((line) => line.startsWith(`${name}=`))
    .map((line) => line.slice(name.length + 1))
}

test('the systemd unit sets known settings alone, and reads every secret from a credential', () => {
  const given = valuesOf('Environment').flatMap((line) => line.split(' '))
  const names = given.map((pair) => pair.split('=')[0] ?? '')
  expect(names.filter((name) => !settingNames.has(name))).toEqual([])
  const secrets = given.flatMap((pair) => /^\w+_FILE=%d\/(.*)$/.exec(pair)?.[1] ?? [])
  const loaded = valuesOf('LoadCredential').map((value) => value.split(':')[0])
  expect(loaded).toEqual(secrets)
  expect(secrets).toContain('stripe-secret-key')
})

test('the systemd unit gives the service no privilege and time for its whole shutdown', () => {
  expect(valuesOf('DynamicUser')).toEqual(['yes'])
  expect(valuesOf('ProtectSystem')).toEqual(['strict'])
  expect(valuesOf('CapabilityBoundingSet')).toEqual([''])
  const [, shutdown] = /SHUTDOWN_TIMEOUT=(\d+)s/.exec(unit) ?? []
  const [, stop] = /^TimeoutStopSec=(\d+)s$/m.exec(unit) ?? []
  expect(Number(stop)).toBeGreaterThan(Number(shutdown))
})

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

/** The program's place on this machine does not matter to the check, but systemd looks for it. */
function verify(text: string): { readonly status: number | null; readonly output: string } {
  const folder = join(temporaryFolder(), 'units')
  mkdirSync(folder)
  const file = join(folder, 'countinghouse.service')
  writeFileSync(file, text.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`))
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file])
  return { status, output: `${stdout}${stderr}` }
}

test.skipIf(!hasSystemd)('systemd finds nothing wrong in the unit', () => {
  expect(verify(unit)).toEqual({ status: 0, output: '' })
  expect(verify(unit.replace('ProtectHome=', 'ProtectHomes=')).output).toContain('ProtectHomes')
})
