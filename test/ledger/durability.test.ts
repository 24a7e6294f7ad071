import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createHighWaterMarkFile } from '../../src/ledger/leader/high-water-mark.ts'
import { openSqliteLedger } from '../support/open-test-ledger.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('SQLite writes a log and syncs it to disk at every commit', async () => {
  const { database } = await openSqliteLedger()
  const read = (name: string) => database.raw.prepare(`pragma ${name}`).get()
  expect(read('synchronous')).toEqual({ synchronous: 2 })
  expect(read('journal_mode')).toEqual({ journal_mode: 'wal' })
})

/** Notes what is synced to disk, in order, and which files are open. */
function watchFiles(path: string) {
  const synced: string[] = []
  const open = new Set<number>()
  const { openSync, closeSync, fsyncSync } = fs
  const spies = [
    vi.spyOn(fs, 'fsyncSync').mockImplementation((file) => {
      const isFolder = fs.fstatSync(file).isDirectory()
      const when = fs.existsSync(path) ? 'with' : 'without'
      synced.push(`${isFolder ? 'folder' : 'file'} ${when} mark`)
      fsyncSync(file)
    }),
    vi.spyOn(fs, 'openSync').mockImplementation((...args) => {
      const file = openSync(...args)
      open.add(file)
      return file
    }),
    vi.spyOn(fs, 'closeSync').mockImplementation((file) => {
      open.delete(file)
      closeSync(file)
    }),
  ]
  syncBuiltinESMExports()
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore()
    syncBuiltinESMExports()
  })
  return { synced, open }
}

test('the high-water mark and its name are on disk before a page is answered, and no file stays open', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'ledger.db.high-water-mark')
  const { synced, open } = watchFiles(path)
  const total = { counter: 'billing_payments_total', label: 'success', total: 1 } as const
  await createHighWaterMarkFile(path).write([total], 'ledger01-1')
  expect(synced).toEqual(['file without mark', 'folder with mark'])
  expect(open).toEqual(new Set())
})

test('a high-water mark that was removed is gone from the disk, under both of its names', async () => {
  const path = join(temporaryFolder(), 'ledger.db.high-water-mark')
  const file = createHighWaterMarkFile(path)
  await file.begin('ledger01-1')
  const { synced } = watchFiles(path)
  await file.remove()
  expect(synced).toEqual(['folder without mark', 'folder without mark'])
})
