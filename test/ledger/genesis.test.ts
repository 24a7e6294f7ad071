import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { Engine } from '../../src/database/engine.ts'
import { migrate } from '../../src/database/migrate.ts'
import { openDatabase } from '../../src/database/open.ts'
import { createGenesis } from '../../src/ledger/genesis.ts'
import { openIdentity } from '../../src/ledger/identity.ts'
import { createLedger } from '../../src/ledger/record/ledger.ts'
import { payment } from '../support/facts.ts'
import { engines, temporaryLocation } from '../support/open-test-ledger.ts'

const started = Date.UTC(2026, 0, 1)
const minuteMs = 60_000
const dayMs = 86_400_000

/** A ledger whose first start is at `started` by its own clock, which the test moves. */
async function openNewOn(engine: Engine) {
  const database = await openDatabase(await temporaryLocation(engine))
  await migrate(database.queries, engine)
  const clock = { nowMs: started }
  const identity = await openIdentity(database.queries, {
    mode: 'test',
    account: null,
    clock: () => sql<number>`${clock.nowMs}`,
    createLedgerId: () => 'ledger01',
  })
  const replica = () => createGenesis(database.queries, () => sql<number>`${clock.nowMs}`, null)
  return { database, clock, identity, genesis: identity.genesis, replica }
}

describe.each(engines)('the genesis of a ledger on %s', (engine) => {
  const openNew = () => openNewOn(engine)

  test('is not known after the first start, and nothing is counted before it is', async () => {
    const { database, identity, genesis } = await openNew()
    const ledger = createLedger({
      database,
      shards: [0, 8],
      identity,
      now: () => started,
      onCommitted: () => undefined,
    })
    const early = payment('early', 'success', { objectCreatedAt: started - dayMs })
    await expect(ledger.record(early)).rejects.toMatchObject({ code: 'not_committed' })
    await expect(ledger.record(payment('late'))).rejects.toMatchObject({ code: 'not_committed' })
    expect(await ledger.readTotals()).toEqual([])
    await genesis.establish(started)
    expect(await ledger.record(early)).toBe('before_genesis')
    expect(await ledger.record(payment('late'))).toBe('new')
    await database.close()
  })

  test("is Stripe's time minus what has passed since the first start", async () => {
    const { database, clock, genesis } = await openNew()
    clock.nowMs += 10 * minuteMs
    // Our clock is two days ahead of Stripe's.
    const stripeNow = started - 2 * dayMs + 10 * minuteMs
    expect(await genesis.establish(stripeNow + 999)).toBe(started - 2 * dayMs)
    await database.close()
  })

  test('is never in the future, when the clock was ahead at the first start and is put right', async () => {
    const { database, clock, genesis } = await openNew()
    clock.nowMs -= dayMs
    expect(await genesis.establish(clock.nowMs)).toBe(clock.nowMs)
    await database.close()
  })

  test('reaches what this process has lived through, when the clock is put back meanwhile', async () => {
    const { database, clock } = await openNew()
    let monotonicMs = 0
    const read = () => sql<number>`${clock.nowMs}`
    const genesis = createGenesis(database.queries, read, null, () => monotonicMs)
    monotonicMs += 5 * minuteMs
    clock.nowMs -= dayMs
    expect(await genesis.establish(clock.nowMs)).toBe(clock.nowMs - 5 * minuteMs)
    await database.close()
  })

  test('is not more than 30 days ago, when the clock was far behind at the first start', async () => {
    const { database, clock, genesis } = await openNew()
    clock.nowMs += 4_000 * dayMs
    expect(await genesis.establish(clock.nowMs)).toBe(clock.nowMs - 30 * dayMs)
    await database.close()
  })

  test('is set once, the same for all replicas and after a restart, whichever observes Stripe first', async () => {
    const { database, clock, genesis, replica } = await openNew()
    const replicas = [genesis, replica(), replica(), replica()]
    const heard = await Promise.all(
      replicas.map((one, index) => one.establish(started + index * minuteMs)),
    )
    expect(new Set(heard).size).toBe(1)
    clock.nowMs += dayMs
    expect(await replica().establish(started + dayMs)).toBe(heard[0])
    expect(await replica().require()).toBe(heard[0])
    await database.close()
  })

  test('is known to a process once it observed Stripe, and needs no database from then on', async () => {
    const { database, genesis } = await openNew()
    expect(genesis.known()).toBeNull()
    await genesis.establish(started)
    await database.close()
    expect(genesis.known()).toBe(started)
    expect(await genesis.require()).toBe(started)
    expect(await genesis.establish(started + dayMs)).toBe(started)
  })
})

test('a genesis that cannot be stored is not known, and the next observation sets it', async () => {
  const { database, genesis } = await openNewOn('sqlite')
  const rename = (from: string, to: string) =>
    database.queries.schema.alterTable(from).renameTo(to).execute()
  await rename('ledger', 'away')
  const unknown = {
    code: 'not_committed',
    cause: expect.objectContaining({ message: expect.stringContaining('no such table') }),
  }
  await expect(genesis.establish(started)).rejects.toMatchObject(unknown)
  await expect(genesis.require()).rejects.toMatchObject(unknown)
  expect(genesis.known()).toBeNull()
  await rename('away', 'ledger')
  expect(await genesis.establish(started)).toBe(started)
  await database.close()
})
