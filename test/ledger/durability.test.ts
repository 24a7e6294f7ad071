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

/** Notes what is synced to disk, in order. */
function watchSyncs(path: string): readonly string[] {
  const synced: string[] = []
  const { fsyncSync } = fs
  const spy = vi.spyOn(fs, 'fsyncSync').mockImplementation((file) => {
    const isFolder = fs.fstatSync(file).isDirectory()
    const when = fs.existsSync(path) ? 'after' : 'before'
    synced.push(`${isFolder ? 'folder' : 'file'} ${when} rename`)
    fsyncSync(file)
  })
  syncBuiltinESMExports()
  onTestFinished(() => {
    spy.mockRestore()
    syncBuiltinESMExports()
  })
  return synced
}

test('the high-water mark and its name are on disk before a page is answered', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'ledger.db.high-water-mark')
  const synced = watchSyncs(path)
  const total = { counter: 'billing_payments_total', label: 'success', total: 1 } as const
  await createHighWaterMarkFile(path).write([total], 'ledger01-1')
  expect(synced).toEqual(['file before rename', 'folder after rename'])
})
