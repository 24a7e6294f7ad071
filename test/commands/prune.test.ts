import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { describe, expect, test } from 'vitest'
import { prune } from '../../src/commands/prune.ts'
import { createClock } from '../../src/database/clock.ts'
import { type DatabaseLocation, openDatabase } from '../../src/database/open.ts'
import type { NewPostRow, Schema } from '../../src/database/schema.ts'
import { createSyncState } from '../../src/stripe/sync/sync-state.ts'
import { urlOf } from '../support/location.ts'
import { minuteMs, openHouse } from '../support/marketing.ts'
import { engines, genesis, openTestLedger, temporaryLocation } from '../support/open-test-ledger.ts'
import { dayMs, oldPost, storeSync } from '../support/prunable-ledger.ts'
import { runAt, runStartWith } from '../support/run-command-on.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const now = Date.now()

function runPrune(location: DatabaseLocation, ...args: readonly string[]): Promise<string> {
  return runAt(now, prune, location, '--older-than', '180d', ...args)
}

async function addPosts(queries: Kysely<Schema>, rows: readonly NewPostRow[]): Promise<void> {
  for (let first = 0; first < rows.length; first += 500)
    await queries
      .insertInto('posts')
      .values(rows.slice(first, first + 500))
      .execute()
}

const idempotent = { 'idempotency-key': 'launch' }

/** An old ledger with posts and dead letters of every kind, in nobody's use. */
async function leaveOld(location: DatabaseLocation) {
  const house = await openHouse({ location })
  const { queries, engine } = house.database
  const id = await house.create()
  await house.pass(minuteMs)
  await house.pass(minuteMs)
  await house.request('POST', `/v1/campaigns/${id}/posts`, undefined, idempotent)
  await addPosts(queries, [
    ...Array.from({ length: 1_200 }, (_, index) => oldPost(id, { id: `post_missed_${index}` })),
    oldPost(id, { id: 'post_manual', slot_key: 'manual:failed', state: 'failed' }),
    oldPost(id, { id: 'post_unknown', state: 'unknown' }),
    oldPost(id, { id: 'post_ahead', scheduled_at: house.clock.now + minuteMs }),
    oldPost(id, { id: 'post_recent', finished_at: now - dayMs }),
  ])
  const letter = { type: 'x', mode: 'test', reason: 'x', source: 'sweep', received_at: genesis }
  await queries
    .insertInto('dead_letters')
    .values([
      { ...letter, id: 'evt_dismissed', dismissed_at: genesis + 1 },
      { ...letter, id: 'evt_dismissed_lately', dismissed_at: now - dayMs },
      { ...letter, id: 'evt_open', dismissed_at: null },
    ])
    .execute()
  await storeSync(
    createSyncState(
      queries,
      createClock(engine, () => now),
    ),
    now,
  )
  const facts = await house.facts()
  await house.marketing.stop()
  await house.database.close()
  return { id, facts, clock: house.clock.now }
}

describe.each(engines)('prune on %s', (engine) => {
  test('it deletes what can never be needed again, and no fact', async () => {
    const location = await temporaryLocation(engine)
    const { id, facts, clock } = await leaveOld(location)
    const report = await runPrune(location)
    expect(report).toMatch(/to delete +kept\nfinished posts and missed slots +1203\n/)
    expect(report).toMatch(/Nothing was changed\. "npm run prune -- --older-than 180d --yes"/)

    expect(JSON.parse(await runPrune(location, '--yes', '--json'))).toEqual({
      before: expect.any(String),
      dry_run: false,
      posts: 1_203,
      dead_letters: 1,
      kept: { manual_posts_not_sent: 1, unknown_posts: 1, open_dead_letters: 1 },
    })
    const house = await openHouse({ location, startAt: clock })
    expect((await house.posts()).map((post) => post.id).toSorted()).toEqual([
      'post_ahead',
      'post_manual',
      'post_recent',
      'post_unknown',
    ])
    const letters = await house.database.queries
      .selectFrom('dead_letters')
      .select('id')
      .orderBy('id')
      .execute()
    expect(letters.map((letter) => letter.id)).toEqual(['evt_dismissed_lately', 'evt_open'])
    expect(await house.facts()).toEqual(facts)
    expect(await house.total()).toBe(facts.length)

    const again = await house.request('POST', `/v1/campaigns/${id}/posts`, undefined, idempotent)
    expect(again).toMatchObject({
      status: 409,
      body: { type: expect.stringContaining('idempotency_key_spent') },
    })
    await house.pass(0)
    expect(house.printed).toEqual([])
    await house.pass(minuteMs)
    expect(house.printed).toHaveLength(1)
  })
})

test('it changes nothing while a sync job may read as far back', async () => {
  const location = await temporaryLocation('sqlite')
  await leaveOld(location)
  const database = await openDatabase(location)
  const syncState = createSyncState(
    database.queries,
    createClock('sqlite', () => now),
  )
  const old = now - 200 * dayMs
  for (const synced of [
    { position: old },
    { position: null },
    { wideBeganAt: now - 150 * dayMs },
    { wideBeganAt: null },
    { since: old },
    { refusedSince: old },
  ]) {
    await storeSync(syncState, now, synced)
    await expect(runPrune(location)).rejects.toMatchObject({
      code: 'not_ready',
      message: expect.stringContaining('the next sweep or reconcile reads Stripe from'),
    })
  }
  await storeSync(syncState, now)
  expect(await runPrune(location)).toContain('1203')
  await database.close()
})

test.each([
  [[], '--older-than is missing'],
  [['--older-than', '39d'], 'at least 40d'],
  [['--older-than', 'a year'], 'give a number with its unit'],
  [['--older-than', '40d', '--yes', '--dry-run'], 'exclude each other'],
])('the arguments %j are refused', async (args, message) => {
  const location = await temporaryLocation('sqlite')
  await expect(runAt(now, prune, location, ...args)).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining(message),
  })
})

test('as a person runs it: reported, but not done, while a process has the SQLite ledger', async () => {
  const folder = temporaryFolder()
  const path = join(folder, 'ledger.db')
  const location = { engine: 'sqlite', path } as const
  const { database } = await openTestLedger('sqlite', { location })
  await storeSync(
    createSyncState(
      database.queries,
      createClock('sqlite', () => now),
    ),
    now,
  )
  const run = (...args: readonly string[]) =>
    runStartWith(folder, { DATABASE_URL: urlOf(location) }, 'prune', ...args)
  const args = ['--older-than', '40d', '--json']
  expect(await run(...args)).toMatchObject({
    exitCode: 0,
    text: expect.stringContaining('"dry_run":true,"posts":0'),
  })
  expect(await run(...args, '--yes')).toMatchObject({
    exitCode: 2,
    errorText: expect.stringContaining('another process is using the ledger'),
  })
})
