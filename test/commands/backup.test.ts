import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { payment } from '../support/facts.ts'
import { openSqliteLedger } from '../support/open-test-ledger.ts'
import { runStartWith } from '../support/run-command-on.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** A ledger with two facts that a process has open, and the command beside it. */
async function openLedger() {
  const folder = temporaryFolder()
  const path = join(folder, 'ledger.db')
  const opened = await openSqliteLedger({ location: { engine: 'sqlite', path } })
  await opened.ledger.record(payment('a'))
  await opened.ledger.record(payment('b'))
  const backUp = (...args: readonly string[]) =>
    runStartWith(folder, { DATABASE_URL: `sqlite:${path}` }, 'backup', ...args)
  return { ...opened, folder, backUp }
}

function factsIn(path: string): number {
  using copy = new DatabaseSync(path, { readOnly: true })
  return Number(copy.prepare('select count(*) as count from facts').get()?.count)
}

test('an open ledger is copied into one private file that is checked', async () => {
  const { folder, backUp } = await openLedger()
  const to = join(folder, 'backup.db')
  const { exitCode, text, errorText } = await backUp('--to', to)
  expect({ exitCode, errorText }).toEqual({ exitCode: 0, errorText: 'copied; checking the copy\n' })
  expect(text).toContain('ledger  ledger01, test payments of acct_1')
  expect(text).toContain('total   billing_payments_total success: 2')
  expect(text).toContain('facts   2\n\nThe totals agree with the facts.')
  expect(factsIn(to)).toBe(2)
  expect(statSync(to).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder).filter((file) => file.startsWith('backup'))).toEqual(['backup.db'])
  // Bytes 18 and 19 are 2 in WAL mode: https://www.sqlite.org/fileformat.html
  expect([...readFileSync(to).subarray(18, 20)]).toEqual([1, 1])
})

test('with --json it prints one object', async () => {
  const { folder, backUp } = await openLedger()
  const { exitCode, text } = await backUp('--to', join(folder, 'backup.db'), '--json')
  expect(exitCode).toBe(0)
  expect(JSON.parse(text)).toEqual({
    file: join(folder, 'backup.db'),
    bytes: statSync(join(folder, 'backup.db')).size,
    facts: 2,
    agrees: true,
    ledger_id: 'ledger01',
    series_id: 'ledger01-1',
    mode: 'test',
    account: 'acct_1',
    genesis: '2026-01-01T00:00:00.000Z',
    series: [
      { counter: 'billing_payments_total', label: 'success', facts: 2, total: 2, hourly: 2 },
    ],
  })
})

test('a copy whose totals differ from its facts is kept and reported', async () => {
  const { folder, database, backUp } = await openLedger()
  await database.queries.updateTable('totals').set({ total: 3 }).execute()
  const { exitCode, text } = await backUp('--to', join(folder, 'backup.db'))
  expect(exitCode).toBe(1)
  expect(text).toContain('differ from the facts')
  expect(factsIn(join(folder, 'backup.db'))).toBe(2)
})

test('an existing file, or one that SQLite would read with the copy, is never overwritten', async () => {
  const { folder, backUp } = await openLedger()
  const to = join(folder, 'backup.db')
  for (const suffix of ['', '-wal', '.partial']) {
    writeFileSync(`${to}${suffix}`, 'mine')
    const { exitCode, errorText } = await backUp('--to', to)
    expect(exitCode).toBe(2)
    expect(errorText).toContain(`countinghouse backup: ${to}${suffix} exists`)
    expect(readFileSync(`${to}${suffix}`, 'utf8')).toBe('mine')
    rmSync(`${to}${suffix}`)
  }
})

test('the names of the files beside the ledger are refused', async () => {
  const { path, backUp } = await openLedger()
  for (const suffix of ['.lock', '-journal', '.high-water-mark']) {
    const had = existsSync(`${path}${suffix}`)
    const { exitCode, errorText } = await backUp('--to', `${path}${suffix}`)
    expect({ exitCode, errorText }).toMatchObject({
      exitCode: 2,
      errorText: expect.stringContaining('is a file of the ledger itself'),
    })
    expect(existsSync(`${path}${suffix}`)).toBe(had)
  }
})

test('what cannot be written is refused and leaves nothing behind', async () => {
  const { folder, backUp } = await openLedger()
  const missing = await backUp('--to', join(folder, 'nowhere', 'backup.db'))
  expect(missing).toMatchObject({
    exitCode: 2,
    errorText: expect.stringContaining('there is no folder'),
  })
  mkdirSync(join(folder, 'backup.db.partial-journal'))
  const taken = await backUp('--to', join(folder, 'backup.db'))
  expect(taken.exitCode).toBe(2)
  expect(existsSync(join(folder, 'backup.db'))).toBe(false)
  expect(existsSync(join(folder, 'backup.db.partial'))).toBe(false)
})

test('without --to, without a ledger and on PostgreSQL it says what to do', async () => {
  const { folder, backUp } = await openLedger()
  expect((await backUp()).errorText).toContain('--to is missing\nusage: npm run backup')
  const to = ['--to', join(folder, 'backup.db')]
  const none = await runStartWith(folder, { DATABASE_URL: 'sqlite:none.db' }, 'backup', ...to)
  expect(none).toMatchObject({
    exitCode: 2,
    errorText: expect.stringContaining('start the service once'),
  })
  const server = { DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' }
  const postgres = await runStartWith(folder, server, 'backup', ...to)
  expect(postgres).toMatchObject({ exitCode: 2, errorText: expect.stringContaining('pg_dump') })
  expect(existsSync(join(folder, 'backup.db'))).toBe(false)
})

test('--help needs no settings', async () => {
  const { exitCode, text } = await runStartWith(
    temporaryFolder(),
    { DATABASE_URL: 'invalid' },
    'backup',
    '--help',
  )
  expect({ exitCode, text }).toMatchObject({ exitCode: 0, text: expect.stringContaining('--to') })
})
