import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { openMove } from './open-move.ts'

const rows = 105_000

test('a large table says how far it is after every hundred thousand rows, and how many there were', async () => {
  const { source, target, lines, move } = await openMove()
  await sql`create table numbers (number integer primary key)`.execute(source)
  await sql`create table numbers (number bigint primary key)`.execute(target)
  await sql`with recursive found (number) as
    (select 1 union all select number + 1 from found where number < ${rows})
    insert into numbers select number from found`.execute(source)
  expect(await move()).toMatchObject({ outcome: 'moved' })
  expect(lines.filter((line) => line.startsWith('numbers: '))).toEqual([
    'numbers: 100,000 of 105,000 rows copied',
    'numbers: 105,000 rows copied',
  ])
})
