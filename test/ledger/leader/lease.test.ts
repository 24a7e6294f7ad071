import { expect, test } from 'vitest'
import { createSharedLease, leaseMs } from '../../../src/ledger/leader/lease.ts'
import { openTestLedger } from '../../support/open-test-ledger.ts'

async function openLeases() {
  const { ledger, database } = await openTestLedger('postgres')
  const clock = { nowMs: 0 }
  const leaseOf = (token: string, ledgerId = ledger.identity.ledgerId) =>
    createSharedLease(database.queries, token, { ledgerId, generation: 1 }, () => clock.nowMs)
  const row = () => database.queries.selectFrom('ledger').selectAll().executeTakeFirstOrThrow()
  return { clock, leaseOf, row }
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
  await one.release()
  expect(await one.renew()).toMatchObject({ isLeader: false })
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
