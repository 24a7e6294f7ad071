import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { migrate } from '../../../src/database/migrate.ts'
import { sealedMode } from '../../../src/database/seal.ts'
import { copyTable } from '../../../src/ledger/move/copy-table.ts'
import { completeSourceSeal, sealSource } from '../../../src/ledger/move/source-seal.ts'
import { readTables } from '../../../src/ledger/move/tables.ts'
import { openTestLedger } from '../../support/open-test-ledger.ts'
import { factsOf, modeOf, now, openMove, openTarget, places } from './open-move.ts'

test('a move says how many rows of each table were copied, of those that have any', async () => {
  const { source, target, lines, move } = await openMove()
  const { outcome, tables } = await move()
  expect(outcome).toBe('moved')
  expect(tables.find(({ table }) => table === 'facts')).toMatchObject({ isEqual: true })
  expect(await factsOf(target)).toEqual(await factsOf(source))
  expect(await modeOf(target)).toBe('test')
  expect(lines).toContain('facts: 3 rows copied')
  expect(lines.at(-1)).toBe('comparing both sides')
  expect(lines.filter((line) => / of |posts/.test(line))).toEqual([])
})

test('a copy that differs in one value is not opened, and both sides stay sealed', async () => {
  const { source, target, move, begin } = await openMove()
  await begin()
  const [facts] = (await readTables(source)).filter(({ name }) => name === 'facts')
  if (facts === undefined) throw new Error('a ledger has facts')
  await copyTable({ source, target }, facts, () => undefined)
  await sql`update facts set amount_minor = 1001 where key = 'payment:success:b'`.execute(target)
  const { outcome, tables } = await move()
  expect(outcome).toBe('different')
  expect(tables.filter(({ isEqual }) => !isEqual).map(({ table }) => table)).toEqual(['facts'])
  expect([await modeOf(source), await modeOf(target)]).toEqual([sealedMode, sealedMode])
})

test('a move that was interrupted before the target was sealed goes on', async () => {
  const { source, target, move } = await openMove()
  await sealSource(source, places.to, now())
  expect(await move()).toMatchObject({ outcome: 'moved' })
  expect(await factsOf(target)).toHaveLength(3)
  expect(await modeOf(target)).toBe('test')
})

test('a move that was interrupted after the file was sealed for good opens the copy', async () => {
  const { source, target, move, begin } = await openMove()
  await begin()
  await completeSourceSeal(source, now())
  expect(await move()).toMatchObject({ outcome: 'moved' })
  expect(await modeOf(target)).toBe('test')
  expect(await move()).toEqual({ outcome: 'before', tables: [] })
})

test('a ledger that was moved is moved to no other place, whether that is empty or in use', async () => {
  const { move } = await openMove()
  await move()
  await expect(move(await openTarget())).rejects.toMatchObject({
    code: 'ledger_mismatch',
    message: expect.stringMatching(/moved to postgres:\/\/db\/app .*cannot be moved a second time/),
  })
  const { queries } = (await openTestLedger('postgres')).database
  await queries.updateTable('ledger').set({ ledger_id: 'stranger' }).execute()
  await expect(move(queries)).rejects.toMatchObject({
    code: 'ledger_mismatch',
    message: expect.stringContaining('its table ledger has rows, of the ledger stranger'),
  })
})

test('a ledger of the same name in the target is no sign that it was moved there before', async () => {
  const { source, move } = await openMove()
  const { database } = await openTestLedger('postgres')
  await expect(move(database.queries)).rejects.toMatchObject({
    code: 'ledger_mismatch',
    message: expect.stringContaining('its table ledger has rows, of the ledger ledger01'),
  })
  expect(await modeOf(source)).toBe('test')
})

test('a database that holds the copy of another move is refused with what to do', async () => {
  const { target, begin } = await openMove()
  const other = await openMove()
  await begin()
  await expect(other.move(target)).rejects.toMatchObject({
    code: 'ledger_mismatch',
    message: expect.stringMatching(/incomplete copy of another move, from ledger\.db.*drop the/),
  })
  expect(await modeOf(other.source)).toBe('test')
})

test('rows that the target refuses end the move with the reason, and it continues when run again', async () => {
  const { target, move } = await openMove()
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
