import { rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readDatabaseTime } from '../../../src/database/clock.ts'
import {
  acquireLease,
  createSharedLease,
  createSoleLease,
  leaseMs,
} from '../../../src/ledger/leader/lease.ts'
import { payment } from '../../support/facts.ts'
import { openSqliteLedger, openTestLedger } from '../../support/open-test-ledger.ts'

async function openLeases() {
  const { ledger, database } = await openTestLedger('postgres')
  const { queries } = database
  const clock = { nowMs: 0 }
  const leaseOf = (token: string, ledgerId = ledger.identity.ledgerId) =>
    createSharedLease(queries, token, { ledgerId, generation: 1 }, () => clock.nowMs)
  const row = () => queries.selectFrom('ledger').selectAll().executeTakeFirstOrThrow()
  return { ledger, queries, clock, leaseOf, row }
}

test('a leader that cannot renew its lease stops leading when it runs out', async () => {
  const { clock, leaseOf } = await openLeases()
  const lease = leaseOf('one')
  expect(lease.isLeader()).toBe(false)
  expect(await lease.renew()).toMatchObject({ isLeader: true })
  clock.nowMs = leaseMs - 1
  expect(lease.isLeader()).toBe(true)
  clock.nowMs = leaseMs
  expect(lease.isLeader()).toBe(false)
})

test('a released lease is free at once, and the one who released it never acquires it again', async () => {
  const { leaseOf } = await openLeases()
  const [one, other] = [leaseOf('one'), leaseOf('other')]
  expect(await one.renew()).toMatchObject({ isLeader: true })
  expect(await other.renew()).toMatchObject({ isLeader: false })
  expect([one.isLeader(), other.isLeader()]).toEqual([true, false])
  await one.release()
  expect(one.isLeader()).toBe(false)
  expect(await one.renew()).toEqual({ totals: [], isLeader: false, hasEnded: false })
  expect(await other.renew()).toMatchObject({ isLeader: true })
})

test('a process without the lease releases nothing', async () => {
  const { leaseOf, row } = await openLeases()
  const [one, other] = [leaseOf('one'), leaseOf('other')]
  await one.renew()
  const before = await row()
  await other.release()
  expect(await row()).toEqual(before)
})

test('the generation of another ledger is not ended', async () => {
  const { leaseOf, row } = await openLeases()
  await leaseOf('one', 'stranger').endGeneration()
  expect(await row()).toMatchObject({ ended_generation: null })
  await leaseOf('one').endGeneration()
  expect(await row()).toMatchObject({ ended_generation: 1 })
})

test('a renewal reads the committed totals, for the leader and for every other replica', async () => {
  const { ledger, queries, leaseOf } = await openLeases()
  const [one, other] = [leaseOf('one'), leaseOf('other')]
  expect(await one.renew()).toEqual({ totals: [], isLeader: true, hasEnded: false })
  await ledger.record(payment('a'))
  await ledger.record(payment('b', 'failed'))
  const { counter, label } = payment('c')
  await queries.insertInto('totals').values({ counter, label, shard: 7, total: 3 }).execute()
  const totals = expect.arrayContaining([
    { counter, label, total: 4 },
    { counter, label: 'failed', total: 1 },
  ])
  expect(await one.renew()).toEqual({ totals, isLeader: true, hasEnded: false })
  expect(await other.renew()).toEqual({ totals, isLeader: false, hasEnded: false })
})

test('no process leads in a generation that has ended, and every one learns it', async () => {
  const { leaseOf } = await openLeases()
  const [one, other] = [leaseOf('one'), leaseOf('other')]
  await one.renew()
  await other.endGeneration()
  const ended = { totals: [], isLeader: false, hasEnded: true }
  expect([await one.renew(), await other.renew()]).toEqual([ended, ended])
})

test.each([
  ['an earlier one, as after a restored backup: ours has ended', 0, true],
  ['a later one: ours need not end again', 2, false],
])(
  'where the ledger is at another generation nobody leads: %s',
  async (_, generation, hasEnded) => {
    const { queries, leaseOf, row } = await openLeases()
    await queries.updateTable('ledger').set({ generation }).execute()
    expect(await leaseOf('one').renew()).toEqual({ totals: [], isLeader: false, hasEnded })
    expect(await row()).toMatchObject({ lease_token: null, lease_until: 0 })
  },
)

test('a database that leads to another ledger is refused and left as it was', async () => {
  const { leaseOf, row } = await openLeases()
  const before = await row()
  await expect(leaseOf('one', 'stranger').renew()).rejects.toMatchObject({
    code: 'database_unavailable',
    message: expect.stringContaining('another ledger than stranger'),
  })
  expect(await row()).toEqual(before)
})

test('a command acquires the lease only while no process leads or was seen', async () => {
  const { queries, leaseOf, row } = await openLeases()
  const startedAt = await readDatabaseTime(queries)
  const acquire = () => acquireLease(queries, 'command', startedAt)
  const leader = leaseOf('leader')
  await leader.renew()
  expect(await acquire()).toBe(false)
  await leader.release()
  expect(await acquire()).toBe(true)
  expect(await row()).toMatchObject({ lease_token: 'command' })
  expect(await leaseOf('replica').renew()).toMatchObject({ isLeader: false })
  await queries.updateTable('ledger').set({ lease_until: 0, replica_seen_at: startedAt }).execute()
  expect(await acquire()).toBe(false)
})

test('on SQLite the one process always leads, and reads the totals until its file is lost', async () => {
  const { ledger, database, path } = await openSqliteLedger()
  const lease = createSoleLease(database)
  await ledger.record(payment('a'))
  const { counter, label } = payment('a')
  const reading = { totals: [{ counter, label, total: 1 }], isLeader: true, hasEnded: false }
  expect(await lease.renew()).toEqual(reading)
  await expect(lease.endGeneration()).resolves.toBeUndefined()
  await expect(lease.release()).resolves.toBeUndefined()
  expect(await lease.renew()).toEqual(reading)
  expect(lease.isLeader()).toBe(true)
  rmSync(path)
  await expect(lease.renew()).rejects.toMatchObject({ code: 'database_unavailable' })
})
