import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { noteSharedFolders } from '../../src/database/shared-folder.ts'
import { runService } from '../support/run-service.ts'
import { startTestApp } from '../support/start-test-app.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testStack } from '../support/test-stack.ts'

function modeOf(path: string): string {
  return (statSync(path).mode & 0o7777).toString(8)
}

async function startIn(mode: number) {
  const folder = temporaryFolder(testStack())
  chmodSync(folder, mode)
  const app = await startTestApp({ folder })
  return { folder, warnings: app.logLines.filter((line) => line.includes('other users may write')) }
}

test.each([
  ['777', 0o777],
  ['1777', 0o1777],
])('an existing folder of mode %s is reported once and not changed', async (_, mode) => {
  const { folder, warnings } = await startIn(mode)
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toContain(`chmod 700 ${folder}`)
  expect(modeOf(folder)).toBe(mode.toString(8))
  const files = readdirSync(folder)
  expect(files).toEqual(expect.arrayContaining(['ledger.db', 'ledger.db-wal', 'ledger.db.stripe']))
  for (const file of files) expect([file, modeOf(join(folder, file))]).toEqual([file, '600'])
})

test.each([
  ['that others may only read', 0o755],
  ['of a group of this process, as Kubernetes mounts a volume with fsGroup', 0o2775],
])('a folder %s is not reported', async (_, mode) => {
  const { folder, warnings } = await startIn(mode)
  expect(warnings).toEqual([])
  expect(modeOf(folder)).toBe(mode.toString(8))
})

test('a folder that another group may write to is reported', () => {
  const folder = temporaryFolder(testStack())
  chmodSync(folder, 0o770)
  const notes: string[] = []
  const { getgroups, getegid } = process
  process.getgroups = () => []
  process.getegid = () => statSync(folder).gid + 1
  noteSharedFolders([join(folder, 'a.db'), join(folder, 'b.db')], (message) => notes.push(message))
  Object.assign(process, { getgroups, getegid })
  expect(notes).toHaveLength(1)
})

test('a compile cache that others may write to is not used', async () => {
  const stack = testStack()
  const home = temporaryFolder(stack)
  const cache = join(home, '.cache', 'countinghouse', 'compile')
  mkdirSync(cache, { recursive: true })
  chmodSync(cache, 0o777)
  await runService(temporaryFolder(stack), { HOME: home })
  expect(readdirSync(cache)).toEqual([])
  expect(modeOf(cache)).toBe('777')
})
