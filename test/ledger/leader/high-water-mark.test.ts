import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Total } from '../../../src/ledger/fact.ts'
import {
  createHighWaterMarkFile,
  fallsBelow,
  highWaterMarkPathOf,
} from '../../../src/ledger/leader/high-water-mark.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

function totalsOf(success: number, failed = 0): readonly Total[] {
  return [
    { counter: 'billing_payments_total', label: 'success', total: success },
    { counter: 'billing_payments_total', label: 'failed', total: failed },
  ]
}

function temporaryPath(): string {
  return highWaterMarkPathOf(join(temporaryFolder(), 'ledger.db'))
}

function formerPathOf(path: string): string {
  return path.replace('.high-water-mark', '.shown')
}

/** Lays out a mark as an earlier version wrote it. */
function layFormer(path: string, seriesId: string, totals: readonly Total[]): string {
  const formerPath = formerPathOf(path)
  writeFileSync(formerPath, `${JSON.stringify({ series_id: seriesId, totals })}\n`)
  return formerPath
}

test('before anything was exposed there is nothing to read', async () => {
  expect(await createHighWaterMarkFile(temporaryPath()).read()).toBeUndefined()
})

test('the next process reads the highest totals that were written', async () => {
  const path = temporaryPath()
  const file = createHighWaterMarkFile(path)
  await file.write(totalsOf(2, 1), 'ledger01-1')
  await Promise.all([
    file.write(totalsOf(5, 0), 'ledger01-1'),
    file.write(totalsOf(3, 3), 'ledger01-1'),
  ])
  expect(await createHighWaterMarkFile(path).read()).toEqual({
    seriesId: 'ledger01-1',
    totals: totalsOf(5, 3),
  })
})

test('a process that did not read first does not lower what an earlier one wrote', async () => {
  const path = temporaryPath()
  await createHighWaterMarkFile(path).write(totalsOf(5), 'ledger01-1')
  await createHighWaterMarkFile(path).write(totalsOf(3), 'ledger01-1')
  expect((await createHighWaterMarkFile(path).read())?.totals[0]?.total).toBe(5)
})

test('totals that are no higher leave the file alone', async () => {
  const path = temporaryPath()
  const file = createHighWaterMarkFile(path)
  await file.write(totalsOf(5), 'ledger01-1')
  writeFileSync(path, 'touched by nobody')
  await file.write(totalsOf(5), 'ledger01-1')
  expect(readFileSync(path, 'utf8')).toBe('touched by nobody')
})

test('another series begins anew, also at zero', async () => {
  const path = temporaryPath()
  const file = createHighWaterMarkFile(path)
  await file.write(totalsOf(5), 'ledger01-1')
  await file.write(totalsOf(0), 'ledger01-2')
  expect((await createHighWaterMarkFile(path).read())?.seriesId).toBe('ledger01-2')
  await file.write(totalsOf(2), 'ledger01-2')
  expect((await createHighWaterMarkFile(path).read())?.totals).toContainEqual(totalsOf(2)[0])
})

test('removed, it is as if nothing had been exposed', async () => {
  const path = temporaryPath()
  const file = createHighWaterMarkFile(path)
  await file.remove()
  await file.write(totalsOf(5), 'ledger01-1')
  await file.remove()
  expect(existsSync(path)).toBe(false)
  expect(await file.read()).toBeUndefined()
})

test.each([
  ['', 'an empty file', 'end of JSON'],
  ['{"series_id":"ledger01-1","totals":[{"counter":"billing_pay', 'a torn file', 'in JSON'],
  [
    '{"totals":[{"counter":"x","label":"","total":1}]}',
    'other content',
    'series_id: .+; totals.0.',
  ],
])('%j, %s, is refused by its name with the reason and a way out', async (text, _, reason) => {
  const path = temporaryPath()
  writeFileSync(path, text)
  await expect(createHighWaterMarkFile(path).read()).rejects.toMatchObject({
    code: 'database_unavailable',
    message: expect.stringMatching(`ledger.db.high-water-mark .*${reason}.*npm run recover`),
    cause: expect.any(Error),
  })
  expect(readFileSync(path, 'utf8')).toBe(text)
})

test('what is there and cannot be read is not taken for no mark', async () => {
  const path = temporaryPath()
  mkdirSync(path)
  await expect(createHighWaterMarkFile(path).read()).rejects.toMatchObject({
    code: 'database_unavailable',
  })
})

test('a mark that has begun is there without totals, and one that is there stays as it is', async () => {
  const path = temporaryPath()
  await createHighWaterMarkFile(path).begin('ledger01-1')
  const begun = createHighWaterMarkFile(path)
  expect(await begun.read()).toEqual({ seriesId: 'ledger01-1', totals: [] })
  await begun.write(totalsOf(5), 'ledger01-1')
  await createHighWaterMarkFile(path).begin('ledger01-2')
  expect(await createHighWaterMarkFile(path).read()).toEqual({
    seriesId: 'ledger01-1',
    totals: [totalsOf(5)[0]],
  })
})

test('the mark of an earlier version is carried over and reported', async () => {
  const path = temporaryPath()
  const formerPath = layFormer(path, 'ledger01-1', totalsOf(5))
  const notes: string[] = []
  const file = createHighWaterMarkFile(path, (note) => notes.push(note))
  expect(await file.read()).toEqual({ seriesId: 'ledger01-1', totals: totalsOf(5) })
  expect(existsSync(formerPath)).toBe(false)
  expect(await file.read()).toEqual({ seriesId: 'ledger01-1', totals: totalsOf(5) })
  expect(notes).toEqual([`${formerPath}, what an earlier version exposed, is now ${path}`])
})

test('a process that does not read first still carries over the mark of an earlier version', async () => {
  const path = temporaryPath()
  layFormer(path, 'ledger01-1', totalsOf(5))
  await createHighWaterMarkFile(path).write(totalsOf(3), 'ledger01-1')
  expect((await createHighWaterMarkFile(path).read())?.totals[0]?.total).toBe(5)
})

test.each([
  ['the higher of each total counts', 'ledger01-1', totalsOf(5, 2), totalsOf(7, 2)],
  ['the later generation counts', 'ledger01-3', totalsOf(1, 0), totalsOf(1, 0)],
  ['an earlier generation does not count', 'ledger01-0', totalsOf(9, 9), totalsOf(7, 1)],
])('where both marks are there %s', async (_, formerSeries, formerTotals, counts) => {
  const path = temporaryPath()
  await createHighWaterMarkFile(path).write(totalsOf(7, 1), 'ledger01-1')
  const formerPath = layFormer(path, formerSeries, formerTotals)
  expect((await createHighWaterMarkFile(path).read())?.totals).toEqual(counts)
  expect(existsSync(formerPath)).toBe(false)
  expect((await createHighWaterMarkFile(path).read())?.totals).toEqual(counts)
})

test('marks of two ledgers are refused, both stay, and a recovery removes both', async () => {
  const path = temporaryPath()
  const file = createHighWaterMarkFile(path)
  await file.write(totalsOf(7), 'ledger01-1')
  const formerPath = layFormer(path, 'ledger02-1', totalsOf(5))
  await expect(createHighWaterMarkFile(path).read()).rejects.toMatchObject({
    code: 'database_unavailable',
    message: expect.stringMatching(/ledger02 exposed.*ledger01.*npm run recover/),
  })
  expect([existsSync(path), existsSync(formerPath)]).toEqual([true, true])
  await file.remove()
  expect([existsSync(path), existsSync(formerPath)]).toEqual([false, false])
})

test('a torn mark of an earlier version is refused by its name and left as it is', async () => {
  const path = temporaryPath()
  const formerPath = formerPathOf(path)
  writeFileSync(formerPath, '{"series_id":"ledger01-1","tot')
  await expect(createHighWaterMarkFile(path).read()).rejects.toMatchObject({
    code: 'database_unavailable',
    message: expect.stringMatching(/ledger\.db\.shown.*npm run recover/),
  })
  expect(existsSync(formerPath)).toBe(true)
})

test('if it cannot be written the caller gets the error, and the next write tries again', async () => {
  const path = temporaryPath()
  mkdirSync(`${path}.new`)
  const file = createHighWaterMarkFile(path)
  await expect(file.write(totalsOf(5), 'ledger01-1')).rejects.toMatchObject({
    code: 'database_unavailable',
    message: expect.stringContaining(path),
    cause: expect.any(Error),
  })
  expect(existsSync(path)).toBe(false)
  rmSync(`${path}.new`, { recursive: true })
  await file.write(totalsOf(5), 'ledger01-1')
  expect((await file.read())?.totals).toContainEqual(totalsOf(5)[0])
})

test.each([
  ['the same', 'ledger01-1', totalsOf(5)],
  ['more', 'ledger01-1', totalsOf(6)],
  ['less, in a later series', 'ledger01-2', totalsOf(4)],
  ['nothing, in another ledger', 'ledger02-1', []],
])('a ledger that holds %s (%s) did not fall', (_, seriesId, committed) => {
  const before = { seriesId: 'ledger01-1', totals: totalsOf(5) }
  expect(fallsBelow(before, seriesId, committed)).toBe(false)
})

test.each([
  ['less of one series', 'ledger01-1', totalsOf(4, 9)],
  ['nothing', 'ledger01-1', []],
  ['more, but in an earlier series', 'ledger01-0', totalsOf(9)],
])('a ledger that holds %s (%s) fell', (_, seriesId, committed) => {
  const before = { seriesId: 'ledger01-1', totals: totalsOf(5) }
  expect(fallsBelow(before, seriesId, committed)).toBe(true)
})
