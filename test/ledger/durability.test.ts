import { existsSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
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
async function watchSyncs(folder: string, path: string): Promise<readonly string[]> {
  const synced: string[] = []
  const handle = await open(folder, 'r')
  const prototype: FileHandle = Object.getPrototypeOf(handle)
  await handle.close()
  const { sync } = prototype
  const spy = vi.spyOn(prototype, 'sync').mockImplementation(async function (this: FileHandle) {
    const isFolder = (await this.stat()).isDirectory()
    synced.push(`${isFolder ? 'folder' : 'file'} ${existsSync(path) ? 'after' : 'before'} rename`)
    await Reflect.apply(sync, this, [])
  })
  onTestFinished(() => spy.mockRestore())
  return synced
}

test('the high-water mark and its name are on disk before a page is answered', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'ledger.db.high-water-mark')
  const synced = await watchSyncs(folder, path)
  const total = { counter: 'billing_payments_total', label: 'success', total: 1 } as const
  await createHighWaterMarkFile(path).write([total], 'ledger01-1')
  expect(synced).toEqual(['file before rename', 'folder after rename'])
})
