import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isFileLost, refuseLostFile } from '../../../src/ledger/leader/lost-file.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const [file, mark, formerMark, former] = [
  'ledger.db',
  'ledger.db.high-water-mark',
  'ledger.db.shown',
  'former.db',
] as const

type Content = Readonly<Partial<Record<typeof file | typeof mark | typeof formerMark, string>>>

/** The path of a ledger in a folder with these files. */
function lay(content: Content & Readonly<Partial<Record<typeof former, string>>>): string {
  const folder = temporaryFolder()
  for (const [name, text] of Object.entries(content)) writeFileSync(join(folder, name), text)
  return join(folder, file)
}

test.each<readonly [string, Content]>([
  ['missing beside its mark', { [mark]: '{}' }],
  ['missing beside the mark of an earlier version', { [formerMark]: '{}' }],
  ['empty beside its mark', { [file]: '', [mark]: '{}' }],
  ['empty beside both marks', { [file]: '', [mark]: '{}', [formerMark]: '{}' }],
])('a ledger whose file is %s is lost, and refused with what to do', (_, content) => {
  const path = lay(content)
  expect(isFileLost({ path })).toBe(true)
  expect(() => refuseLostFile({ path })).toThrow(
    expect.objectContaining({
      code: 'ledger_fell',
      message: expect.stringMatching(/missing or empty.*npm run recover/),
    }),
  )
})

test.each<readonly [string, Content]>([
  ['there beside its mark', { [file]: 'facts', [mark]: '{}' }],
  ['new: there is no mark', {}],
  ['empty, and there is no mark', { [file]: '' }],
])('a ledger whose file is %s is not lost', (_, content) => {
  const path = lay(content)
  expect(isFileLost({ path })).toBe(false)
  refuseLostFile({ path })
})

test('a ledger that still has the name of an earlier version is not lost', () => {
  const path = lay({ [former]: 'facts', [mark]: '{}' })
  expect(isFileLost({ path, formerPath: path.replace(file, former) })).toBe(false)
})

test('a ledger that is gone under both names is lost, and one under its present name is not', () => {
  const gone = lay({ [mark]: '{}' })
  expect(isFileLost({ path: gone, formerPath: gone.replace(file, former) })).toBe(true)
  const there = lay({ [file]: 'facts', [mark]: '{}' })
  expect(isFileLost({ path: there, formerPath: there.replace(file, former) })).toBe(false)
})

test('the mark is looked for beside the file that a link leads to', () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'data'))
  writeFileSync(join(folder, 'data', file), '')
  writeFileSync(join(folder, 'data', mark), '{}')
  symlinkSync(join(folder, 'data', file), join(folder, file))
  expect(isFileLost({ path: join(folder, file) })).toBe(true)
})
