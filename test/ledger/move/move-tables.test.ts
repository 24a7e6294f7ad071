import { type Kysely, sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { migrate } from '../../../src/database/migrate.ts'
import { openDatabase } from '../../../src/database/open.ts'
import type { Schema } from '../../../src/database/schema.ts'
import { beginMove } from '../../../src/ledger/move/begin.ts'
import { moveTables } from '../../../src/ledger/move/move.ts'
import { completeSourceSeal, sealSource } from '../../../src/ledger/move/source-seal.ts'
import { readTables } from '../../../src/ledger/move/tables.ts'
import { payment } from '../../support/facts.ts'
import {
  openSqliteLedger,
  openTestLedger,
  temporaryLocation,
} from '../../support/open-test-ledger.ts'

const places = { from: 'ledger.db', to: 'postgres://db/app' }

function now(): number {
  return 1_000
}

async function openTarget(): Promise<Kysely<Schema>> {
  const database = await openDatabase(await temporaryLocation('postgres'))
  onTestFinished(() => database.close())
  return database.queries
}

/** A SQLite ledger of three facts, an empty PostgreSQL, and a move between them. */
async function openSides() {
  const { ledger, database } = await openSqliteLedger()
  await Promise.all(['a', 'b', 'c'].map((id) => ledger.record(payment(id))))
  const source = database.queries
  const target = await openTarget()
  const lines: string[] = []
  const move = (to = target) =>
    moveTables({ source, target: to, places, now, report: (line) => lines.push(line) })
  const begin = async () => beginMove({ source, target }, await readTables(source), places, now)
  return { source, target, lines, move, begin }
}

async function modeOf(queries: Kysely<Schema>): Promise<string> {
  return (await queries.selectFrom('ledger').select('mode').executeTakeFirstOrThrow()).mode
}

function factsOf(queries: Kysely<Schema>) {
  return queries.selectFrom('facts').selectAll().orderBy('key').execute()
}

test('a move says how many rows of each table were copied, of those that have any', async () => {
  const { source, target, lines, move } = await openSides()
  const { outcome, tables } = await move()
  expect(outcome).toBe('moved')
  expect(tables.find(({ table }) => table === 'facts')).toMatchObject({ isEqual: true })
  expect(await factsOf(target)).toEqual(await factsOf(source))
  expect(await modeOf(target)).toBe('test')
  expect(lines).toContain('facts: 3 rows copied')
  expect(lines.at(-1)).toBe('comparing both sides')
  expect(lines.filter((line) => / of |posts/.test(line))).toEqual([])
})

test('a move that was interrupted before the target was sealed goes on', async () => {
  const { source, target, move } = await openSides()
  await sealSource(source, places.to, now())
  expect(await move()).toMatchObject({ outcome: 'moved' })
  expect(await factsOf(target)).toHaveLength(3)
  expect(await modeOf(target)).toBe('test')
})

test('a move that was interrupted after the file was sealed for good opens the copy', async () => {
  const { source, target, move, begin } = await openSides()
  await begin()
  await completeSourceSeal(source, now())
  expect(await move()).toMatchObject({ outcome: 'moved' })
  expect(await modeOf(target)).toBe('test')
  expect(await move()).toEqual({ outcome: 'before', tables: [] })
})

test('a ledger that was moved is moved to no other place, whether that is empty or in use', async () => {
  const { move } = await openSides()
  await move()
  await expect(move(await openTarget())).rejects.toMatchObject({
    code: 'ledger_mismatch',
    message: expect.stringMatching(/moved to postgres:\/\/db\/app .*cannot be moved a second time/),
  })
  const used = await openTestLedger('postgres')
  const { queries } = used.database
  await queries.updateTable('ledger').set({ ledger_id: 'stranger' }).execute()
  await expect(move(queries)).rejects.toMatchObject({
    code: 'ledger_mismatch',
    message: expect.stringContaining('its table ledger has rows, of the ledger stranger'),
  })
})

test('a database that holds the copy of another move is refused with what to do', async () => {
  const { target, begin } = await openSides()
  const other = await openSides()
  await begin()
  await expect(other.move(target)).rejects.toMatchObject({
    code: 'ledger_mismatch',
    message: expect.stringMatching(/incomplete copy of another move, from ledger\.db.*drop the/),
  })
  expect(await modeOf(other.source)).toBe('test')
})

test('a database whose tables of the same names are in use is refused, and the file is not sealed', async () => {
  const { source, target, move } = await openSides()
  await sql`create table posts (id integer); insert into posts values (1)`.execute(target)
  await expect(move()).rejects.toMatchObject({
    code: 'ledger_mismatch',
    message: expect.stringMatching(/its table posts has rows\. /),
  })
  expect(await modeOf(source)).toBe('test')
})

test('rows that the target refuses end the move with the reason, and it continues when run again', async () => {
  const { target, move } = await openSides()
  await migrate(target, 'postgres')
  await sql`alter table facts add constraint full_disk check (amount_minor < 0)`.execute(target)
  await expect(move()).rejects.toMatchObject({
    code: 'database_unavailable',
    message: expect.stringMatching(/rows of facts .*full_disk.*continues when you run it again/),
    cause: expect.objectContaining({ constraint: 'full_disk' }),
  })
  await sql`alter table facts drop constraint full_disk`.execute(target)
  expect(await move()).toMatchObject({ outcome: 'moved' })
})
