import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { moveLedger } from '../../../src/commands/move-ledger.ts'
import { commands } from '../../../src/commands/registry.ts'
import { type DatabaseLocation, openDatabase } from '../../../src/database/open.ts'
import {
  createHighWaterMarkFile,
  highWaterMarkPathOf,
} from '../../../src/ledger/leader/high-water-mark.ts'
import { beginMove } from '../../../src/ledger/move/begin.ts'
import { copyTable } from '../../../src/ledger/move/copy-table.ts'
import { readTables } from '../../../src/ledger/move/tables.ts'
import { payment } from '../../support/facts.ts'
import { urlOf } from '../../support/location.ts'
import {
  openSqliteLedger,
  openTestLedger,
  temporaryLocation,
} from '../../support/open-test-ledger.ts'
import { temporaryDatabase, withClient } from '../../support/postgres.ts'
import { runCommand } from '../../support/run-command.ts'
import { runStartWith } from '../../support/run-command-on.ts'
import { runToFailure } from '../../support/run-service.ts'
import { startTestApp, webhooksOnly } from '../../support/start-test-app.ts'
import { leaveLedger } from '../../support/stopped-ledger.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { isStartable, moveOn, type Sides, startable } from './interrupted.ts'
import { readRows } from './read-rows.ts'

async function leaveSides(): Promise<Sides> {
  const file = await leaveLedger('sqlite', [payment('a'), payment('b')])
  return { file, postgres: { engine: 'postgres', url: await temporaryDatabase() } }
}

/** A move that was interrupted after its facts were copied. */
async function leaveHalfMoved(): Promise<Sides> {
  const sides = await leaveSides()
  const [file, target] = [await openDatabase(sides.file), await openDatabase(sides.postgres)]
  const databases = { source: file.queries, target: target.queries }
  const tables = await readTables(databases.source)
  await beginMove(databases, tables, { from: 'ledger.db', to: 'postgres://db/app' }, Date.now)
  for (const table of tables.filter(({ name }) => name === 'facts'))
    await copyTable(databases, table, () => undefined)
  await file.close()
  await target.close()
  return sides
}

test('what is said of the target names --to, and no setting that is for DATABASE_URL alone', async () => {
  const sides = await leaveSides()
  const to = 'postgres://app:pa#ss@db.example.com/shop'
  const environment = { DATABASE_URL: urlOf(sides.file) }
  const text = await runCommand(moveLedger, environment, ['--to', to]).then(String, String)
  expect(text).toContain('--to: ')
  expect(text).toContain('PGPASSWORD or PGPASSFILE')
  expect(text).not.toMatch(/DATABASE_|pa#ss/)
})

describe('a ledger is moved to an empty PostgreSQL alone', () => {
  test('a database with rows is refused, and both ledgers stay as they were', async () => {
    const sides = await leaveSides()
    const { database } = await openTestLedger('postgres', { location: sides.postgres })
    await database.close()
    const rows = await readRows(sides.postgres)
    await expect(moveOn(sides)).rejects.toMatchObject({
      code: 'ledger_mismatch',
      message: expect.stringMatching(
        /not empty: its table ledger has rows, of the ledger ledger01/,
      ),
    })
    expect(await readRows(sides.postgres)).toEqual(rows)
    expect(await startable(sides)).toEqual(['file', 'postgres'])
  })

  test('a database that cannot hold every text is refused', async () => {
    const sides = await leaveSides()
    const name = new URL(sides.postgres.url).pathname.slice(1)
    const server = new URL(sides.postgres.url)
    server.pathname = '/postgres'
    await withClient(server.href, async (query) => {
      await query(`drop database ${name}`)
      await query(`create database ${name} encoding 'LATIN1' locale 'C' template template0`)
    })
    await expect(moveOn(sides)).rejects.toThrow(
      /has the encoding LATIN1.*create it with encoding UTF8/,
    )
    expect(await isStartable(sides.file)).toBe(true)
  })

  test('the way back, and a move to another file, are refused with the reason', async () => {
    const { file, postgres } = await leaveSides()
    await expect(moveOn({ file: postgres, postgres })).rejects.toThrow(
      /in PostgreSQL, and there is no way back to a file: replicas elsewhere cannot be locked out/,
    )
    await expect(moveOn({ file, postgres }, '--to', 'sqlite:other.db')).rejects.toThrow(
      /A ledger moves to PostgreSQL alone: .*npm run backup/,
    )
    const settings = { ...webhooksOnly, DATABASE_URL: postgres.url }
    const back = await runStartWith(
      temporaryFolder(),
      settings,
      'move-ledger',
      '--to',
      'sqlite:./back.db',
    )
    expect(back).toMatchObject({ exitCode: 2, text: '' })
  })

  test('an address that cannot be read or reached is refused without any part of it', async () => {
    const sides = await leaveSides()
    const wrong = moveOn(sides, '--to', 'postgres://app:se/cret@db/app')
    await expect(wrong).rejects.toThrow(/^--to: (?!.*cret)/)
    const none = sides.postgres.url.replace(/\w+$/, 'none')
    await expect(moveOn(sides, '--to', none)).rejects.toThrow(/Check --to/)
    expect(await isStartable(sides.file)).toBe(true)
  })
})

describe('a ledger that may not be moved', () => {
  test('while a process uses the file, or where there is none, nothing happens', async () => {
    const { postgres } = await leaveSides()
    const { location } = await openSqliteLedger()
    await expect(moveOn({ file: location, postgres })).rejects.toMatchObject({
      code: 'ledger_locked',
    })
    const nowhere = await temporaryLocation('sqlite')
    await expect(moveOn({ file: nowhere, postgres })).rejects.toThrow(/there is no ledger/)
  })

  test('one that holds less than it exposed is recovered first', async () => {
    const sides = await leaveSides()
    if (sides.file.engine !== 'sqlite') throw new Error('a file was asked for')
    const mark = createHighWaterMarkFile(highWaterMarkPathOf(sides.file.path))
    await mark.write(
      [{ counter: 'billing_payments_total', label: 'success', total: 7 }],
      'ledger01-1',
    )
    await expect(moveOn(sides)).rejects.toMatchObject({
      code: 'ledger_fell',
      message: expect.stringContaining('run "npm run recover" first'),
    })
    expect(await startable(sides)).toEqual(['file'])
  })
})

const refusedCommands = [
  ['verify'],
  ['doctor'],
  ['export'],
  ['recover', '--yes'],
  ['backfill', '--since', '2026-01-01'],
  ['prune', '--older-than', '90d', '--yes'],
  ['erase', '--containing', 'someone', '--yes'],
  ['backup', '--to', join(tmpdir(), 'never-written.db')],
] as const

describe('a ledger that was moved', () => {
  test('is refused by the service and every command, which name where it went without credentials', async () => {
    const { file, postgres } = await leaveSides()
    const withPassword = postgres.url.replace('postgres@', 'postgres:hunter22@')
    expect((await moveOn({ file, postgres }, '--to', withPassword)).exitCode).toBe(0)
    const environment = { ...webhooksOnly, DATABASE_URL: urlOf(file) }
    const place = postgres.url.replace('postgres@', '')
    const started = await runToFailure(temporaryFolder(), environment)
    expect(started.exitCode).toBe(1)
    const errors = [started.errorText]
    for (const [name, ...args] of refusedCommands) {
      const command = await commands[name]?.()
      if (command === undefined) throw new Error(`there is no command ${name}`)
      errors.push(await runCommand(command, environment, args).then(({ text }) => text, String))
    }
    for (const text of errors) {
      expect(text).toContain(`this ledger was moved to ${place} at `)
      expect(text).toContain('this file is sealed: give DATABASE_URL the address of that database')
      expect(text).not.toMatch(/hunter22|unforeseen/)
    }
    expect(await startable({ file, postgres })).toEqual(['postgres'])
  }, 120_000)

  test('is moved once: the same command again changes nothing, another target is refused', async () => {
    const sides = await leaveSides()
    await moveOn(sides)
    const rows = await readRows(sides.postgres)
    const again = await moveOn(sides)
    expect(again).toMatchObject({ exitCode: 0, text: expect.stringMatching(/moved to .* before/) })
    const json = await moveOn(sides, '--to', sides.postgres.url, '--json')
    expect(JSON.parse(json.text)).toMatchObject({ outcome: 'before', series_id: 'ledger01-1' })
    expect(await readRows(sides.postgres)).toEqual(rows)
    const other = {
      ...sides,
      postgres: { engine: 'postgres', url: await temporaryDatabase() },
    } as const
    await expect(moveOn(other)).rejects.toThrow(/cannot be moved a second time/)
    await expect(moveOn(sides, '--cancel')).rejects.toThrow(/cannot be opened again/)
    expect(await startable(sides)).toEqual(['postgres'])
  })

  test('leaves its high-water mark, so that no new ledger begins at its path', async () => {
    const sides = await leaveSides()
    if (sides.file.engine !== 'sqlite') throw new Error('a file was asked for')
    await createHighWaterMarkFile(highWaterMarkPathOf(sides.file.path)).begin('ledger01-1')
    await moveOn(sides)
    rmSync(sides.file.path)
    const settings = { ...webhooksOnly, DATABASE_URL: urlOf(sides.file) }
    await expect(startTestApp({ environment: settings })).rejects.toThrow(
      /is missing or empty, and the high-water mark/,
    )
  })
})

describe('a move that is not complete', () => {
  test('keeps the service from either side, and says how to go on', async () => {
    const { file, postgres } = await leaveHalfMoved()
    expect(await startable({ file, postgres })).toEqual([])
    const startOn = (location: DatabaseLocation) =>
      startTestApp({ environment: { ...webhooksOnly, DATABASE_URL: urlOf(location) } })
    await expect(startOn(file)).rejects.toThrow(
      /is being moved to postgres:\/\/db\/app since .*--cancel/,
    )
    await expect(startOn(postgres)).rejects.toThrow(
      /moved into this database from ledger\.db since .*not complete/,
    )
  })

  test('can be cancelled: the file goes on, and what was copied is never opened', async () => {
    const { file, postgres } = await leaveHalfMoved()
    const cancelled = await moveOn({ file, postgres }, '--cancel', '--json')
    expect(cancelled.exitCode).toBe(0)
    expect(JSON.parse(cancelled.text)).toEqual({
      outcome: 'cancelled',
      from: file.engine === 'sqlite' ? file.path : '',
      to: 'postgres://db/app',
    })
    expect(await startable({ file, postgres })).toEqual(['file'])
    await expect(moveOn({ file, postgres })).rejects.toThrow(/incomplete copy of another move/)
    const other = { engine: 'postgres', url: await temporaryDatabase() } as const
    await moveOn({ file, postgres: other })
    expect(await startable({ file, postgres: other })).toEqual(['postgres'])
    expect(await isStartable(postgres)).toBe(false)
    await expect(moveOn({ file, postgres }, '--cancel')).rejects.toThrow(/cannot be opened again/)
  })

  test('whose copy differs in one value is not opened', async () => {
    const sides = await leaveHalfMoved()
    await withClient(sides.postgres.url, (query) =>
      query("update facts set amount_minor = 1001 where key = 'payment:success:b'"),
    )
    const { exitCode, text } = await moveOn(sides)
    expect(exitCode).toBe(1)
    expect(text).toMatch(/facts, in the file +2 +\w+ +DIFFERENT\nfacts, in PostgreSQL +2 /)
    expect(text.match(/DIFFERENT/g)).toHaveLength(2)
    expect(await startable(sides)).toEqual([])
  })
})

test('any text that a ledger may hold arrives as it was', async () => {
  const sides = await leaveSides()
  const database = await openDatabase(sides.file)
  const texts = ['NULL', '', '{"a,b"}', '\\N', "it's\r\n\ttwo", '"', 'Ä\u{1F600}é', '+1:-']
  await database.queries
    .insertInto('dead_letters')
    .values(
      texts.map((reason, index) => ({
        id: `evt_${index}`,
        type: 'charges',
        mode: 'test',
        reason,
        source: 'webhook',
        received_at: index,
        dismissed_at: index % 2 === 0 ? null : index,
      })),
    )
    .execute()
  await database.close()
  const { dead_letters: before } = await readRows(sides.file)
  expect((await moveOn(sides)).exitCode).toBe(0)
  expect((await readRows(sides.postgres)).dead_letters).toEqual(before)
})
