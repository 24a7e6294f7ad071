import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { payment } from '../../support/facts.ts'
import { openTestLedger } from '../../support/open-test-ledger.ts'

/** Has the database refuse the first two inserts of facts as it does when it lost a race. */
async function openWithLostRaces(code: string) {
  const { ledger, database } = await openTestLedger('postgres')
  const { queries } = database
  await sql`create sequence attempts`.execute(queries)
  await sql`create function lose() returns trigger language plpgsql as $$
    begin
      if nextval('attempts') <= 2 then raise exception 'lost' using errcode = ${sql.lit(code)}; end if;
      return new;
    end $$`.execute(queries)
  await sql`create trigger lose before insert on facts for each row execute function lose()`.execute(
    queries,
  )
  return ledger
}

test.each([
  ['a serialization failure', '40001'],
  ['a deadlock', '40P01'],
])('after %s the same facts are committed again, and counted once', async (_, code) => {
  const ledger = await openWithLostRaces(code)
  expect(await ledger.record(payment('a'))).toBe('new')
  expect(await ledger.readTotals()).toMatchObject([{ total: 1 }])
})

test('replicas insert facts in the order of their keys, so that they wait for each other in one order', async () => {
  const { ledger, database } = await openTestLedger('postgres')
  const { queries } = database
  await sql`create table inserted (number bigserial, key text)`.execute(queries)
  await sql`create function note() returns trigger language plpgsql as $$
    begin insert into inserted (key) values (new.key); return new; end $$`.execute(queries)
  await sql`create trigger note before insert on facts for each row execute function note()`.execute(
    queries,
  )
  const ids = Array.from({ length: 50 }, (_, index) => `pi_${99 - index}`)
  await Promise.all(ids.map((id) => ledger.record(payment(id))))
  const { rows } = await sql<{ key: string }>`select key from inserted order by number`.execute(
    queries,
  )
  expect(rows.map(({ key }) => key)).toEqual(ids.toReversed().map((id) => `payment:success:${id}`))
})

test('nothing is recorded where another ledger has taken the place of this one', async () => {
  const { ledger, database } = await openTestLedger('postgres')
  await sql`update ledger set ledger_id = 'stranger'`.execute(database.queries)
  await expect(ledger.record(payment('a'))).rejects.toMatchObject({ code: 'not_committed' })
  expect(await ledger.readTotals()).toEqual([])
})
