import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { erase } from '../../src/commands/erase.ts'
import { type DatabaseLocation, openDatabase } from '../../src/database/open.ts'
import { minuteMs, openHouse } from '../support/marketing.ts'
import { engines, temporaryLocation } from '../support/open-test-ledger.ts'
import { oldPost } from '../support/prunable-ledger.ts'
import { runAt } from '../support/run-command-on.ts'

const person = 'Ada MÜller "ADA"'

function runErase(location: DatabaseLocation, ...args: readonly string[]): Promise<string> {
  return runAt(Date.now(), erase, location, '--containing', 'aDA MÜLLER', '--json', ...args)
}

/** Posts and campaigns that name a person, and others, in nobody's use. */
async function leave(location: DatabaseLocation) {
  const house = await openHouse({ location })
  const { queries } = house.database
  const gone = await house.create({ name: `Thanks to ${person}`, messages: [`Buy, ${person}!`] })
  await house.pass(minuteMs)
  await house.request('DELETE', `/v1/campaigns/${gone}`)
  const live = await house.create({ messages: [`Hello ${person}`] })
  const other = await house.create({ name: 'A%a', messages: ['Hello'] })
  await queries
    .insertInto('posts')
    .values([
      oldPost(gone, { id: 'post_failed', state: 'failed', reason: `no ${person}`, text: 'x' }),
      oldPost(other, { id: 'post_other', state: 'failed', reason: 'no such chat', text: 'x' }),
      oldPost(live, { id: 'post_due', state: 'due', text: `Hello ${person}`, finished_at: null }),
    ])
    .execute()
  const facts = await house.facts()
  await house.marketing.stop()
  await house.database.close()
  return { gone, live, other, facts }
}

async function read(location: DatabaseLocation) {
  const database = await openDatabase(location)
  const [facts, posts, campaigns] = [
    await database.queries.selectFrom('facts').selectAll().execute(),
    await database.queries.selectFrom('posts').selectAll().orderBy('id').execute(),
    await database.queries.selectFrom('campaigns').selectAll().orderBy('id').execute(),
  ]
  await database.close()
  return { facts, posts, campaigns }
}

describe.each(engines)('erase on %s', (engine) => {
  test('it overwrites what names a person, keeps every row and fact, and says what is left', async () => {
    const location = await temporaryLocation(engine)
    const { gone, live, other, facts } = await leave(location)
    const before = await read(location)
    expect(facts).toHaveLength(1)
    const found = { posts: 2, campaigns: 1, kept: { unsent_posts: 1, campaigns: [live] } }
    expect(JSON.parse(await runErase(location))).toEqual({ dry_run: true, ...found })
    expect(await read(location)).toEqual(before)

    const left = `exit code 1: ${JSON.stringify({ dry_run: false, ...found })}`
    await expect(runErase(location, '--yes')).rejects.toThrow(left)
    const after = await read(location)
    expect(after.facts).toEqual(before.facts)
    expect(after.posts.map(({ id, state }) => [id, state])).toEqual(
      before.posts.map(({ id, state }) => [id, state]),
    )
    const named = [...after.posts, ...after.campaigns].filter((row) =>
      /ada/i.test(JSON.stringify(row)),
    )
    expect(named.map(({ id }) => id).toSorted()).toEqual([live, 'post_due'].toSorted())
    expect(after.campaigns.find(({ id }) => id === gone)).toMatchObject({
      name: '[erased]',
      messages: '["[erased]"]',
    })
    expect(after.posts.find(({ id }) => id === 'post_other')?.reason).toBe('no such chat')
    expect(after.campaigns.find(({ id }) => id === other)?.name).toBe('A%a')
  })
})

test('on SQLite nothing of an overwritten text is left in the file', async () => {
  const location = await temporaryLocation('sqlite')
  const { live } = await leave(location)
  if (location.engine !== 'sqlite') throw new Error('a SQLite ledger was expected')
  const database = await openDatabase(location)
  // A text of several pages, which become free.
  const long = oldPost(live, {
    id: 'post_long',
    state: 'sent',
    text: `Long, ${person} `.repeat(2_000),
  })
  await database.queries.insertInto('posts').values(long).execute()
  await database.queries.deleteFrom('posts').where('id', '=', 'post_due').execute()
  await database.queries
    .updateTable('campaigns')
    .set({ deleted_at: 1 })
    .where('id', '=', live)
    .execute()
  await database.close()
  const bytes = () => readFileSync(location.path, 'latin1')
  expect(bytes()).toContain('Buy, Ada')
  expect(bytes()).toContain('Long, Ada')
  await runErase(location, '--yes')
  expect(bytes()).not.toContain('Buy, Ada')
  expect(bytes()).not.toContain('Thanks to Ada')
  expect(bytes()).not.toContain('Long, Ada')
})

test('it refuses a text so short that it would be in everything', async () => {
  const location = await temporaryLocation('sqlite')
  await expect(runAt(0, erase, location, '--containing', 'a')).rejects.toThrow(
    'at least 3 characters',
  )
})
