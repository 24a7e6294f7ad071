import { type Kysely, sql } from 'kysely'
import { expect, test } from 'vitest'
import { migrate } from '../../../src/database/migrate.ts'
import type { Schema } from '../../../src/database/schema.ts'
import { sealSource } from '../../../src/ledger/move/source-seal.ts'
import { readTargetState, sealTarget } from '../../../src/ledger/move/target-seal.ts'
import { modeOf, now, openMove, places } from './open-move.ts'

const letter = {
  id: 'evt_1',
  type: 'x',
  mode: 'test',
  reason: 'x',
  source: 'sweep',
  received_at: 1,
}

const used: readonly (readonly [string, string, (target: Kysely<Schema>) => Promise<unknown>])[] = [
  [
    'a table has the name of one of ours and rows',
    'posts',
    (target) => sql`create table posts as select 1 as id`.execute(target),
  ],
  [
    'a ledger was made and not begun, and a table has rows',
    'dead_letters',
    async (target) => {
      await migrate(target, 'postgres')
      await target.insertInto('dead_letters').values(letter).execute()
    },
  ],
]

test.each(used)(
  'where %s, no ledger is moved to, and the file is not sealed',
  async (_, table, use) => {
    const { source, target, move } = await openMove()
    await use(target)
    await expect(move()).rejects.toMatchObject({
      code: 'ledger_mismatch',
      message: expect.stringContaining(`its table ${table} has rows. `),
    })
    expect(await modeOf(source)).toBe('test')
  },
)

test('a database in which a process began a ledger meanwhile stays as it was', async () => {
  const { source, target } = await openMove()
  const row = await source.selectFrom('ledger').selectAll().executeTakeFirstOrThrow()
  const seal = await sealSource(source, places.to, now())
  await migrate(target, 'postgres')
  await target
    .insertInto('ledger')
    .values({ ...row, ledger_id: 'stranger' })
    .execute()
  await expect(sealTarget(target, row, seal)).rejects.toMatchObject({
    code: 'ledger_mismatch',
    message: expect.stringContaining('began a ledger in the database of --to meanwhile'),
  })
  expect(await modeOf(target)).toBe('test')
  const table = { name: 'ledger', columns: [], key: [] }
  expect(await readTargetState(target, [table])).toEqual({
    kind: 'in use',
    table: 'ledger',
    ledgerId: 'stranger',
  })
})

test('what opening the file again changed in its one row is moved with the rest', async () => {
  const { source, target, move, begin } = await openMove()
  await begin()
  await source.updateTable('ledger').set({ checks: 7 }).execute()
  expect(await move()).toMatchObject({ outcome: 'moved' })
  expect(await target.selectFrom('ledger').select(['checks', 'mode']).execute()).toEqual([
    { checks: 7, mode: 'test' },
  ])
})
