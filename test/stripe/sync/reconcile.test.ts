import { expect, test } from 'vitest'
import { reconcile } from '../../../src/stripe/sync/reconcile.ts'
import { createListedMemory } from '../../../src/stripe/sync/reconcile-run.ts'
import { factRow, payment } from '../../support/facts.ts'
import { succeededCharge } from '../../support/listed-payments.ts'
import { away, openReconciles } from '../../support/open-reconciles.ts'
import { genesis } from '../../support/open-test-ledger.ts'

const dayMs = 86_400_000
const now = genesis + 10 * dayMs
const seconds = genesis / 1000
const noDrift = { count: 0, series: {}, keys: [] }
const noProgress = { notice: null, list: null, next: null, fault: null }

function charge(name: string) {
  return succeededCharge(name, seconds + 60)
}

test('what the ledger lacks is recorded and reported, and what no list shows is looked for', async () => {
  const { work, ledger, stripe, memory, keys, run } = await openReconciles()
  await ledger.record(payment('pi_gone'))
  await work.syncState.noteLostEvents('evt_1')
  stripe.listed.charges = [charge('lost'), succeededCharge('early', seconds - 1)]
  stripe.listed.charges = [...stripe.listed.charges, succeededCharge('first', seconds)]
  const report = await run()
  const lost = ['payment:success:pi_lost', 'payment:success:pi_first']
  expect(report).toEqual({
    ...{ beganAt: now, wideBeganAt: now, since: genesis, isWide: true, refused: {} },
    listed: { charges: 2, refunds: 0, checkout_sessions: 0 },
    drift: { count: 2, series: { 'billing_payments_total{status="success"}': 2 }, keys: lost },
    orphans: { absent: 1, changed: 0, notLookedUp: 0, keys: ['payment:success:pi_gone'] },
    orphansBeganAt: now,
  })
  expect(await keys()).toEqual([...lost, 'payment:success:pi_gone'].toSorted())
  const state = await work.syncState.read('reconcile')
  expect(state).toMatchObject({ position: null, progress: null, report: JSON.stringify(report) })
  expect(await work.syncState.pendingNotice()).toBeUndefined()
  expect(memory.keysOf({ ...report, ...noProgress }, false)).toBeUndefined()
})

test('a narrow reconcile keeps what the last wide one found, and then replays the open events', async () => {
  const { ledger, clock, stripe, letters, run } = await openReconciles()
  await ledger.record(payment('pi_gone'))
  const { orphans } = await run()
  await letters.keep({ id: 'evt_1', type: 'event', reason: 'broken', source: 'sweep' })
  clock.now += 3_600_000
  stripe.asked.length = 0
  stripe.listed.charges = [charge('gone')]
  const report = await run()
  expect(report).toMatchObject({ beganAt: clock.now, isWide: false, drift: noDrift, orphans })
  expect([report.wideBeganAt, report.orphansBeganAt]).toEqual([now, now])
  const from = Math.floor((now - 2 * dayMs) / 1000)
  const lists = ['charges', 'refunds', 'checkout_sessions'].map((list) => `${list} ${from}`)
  expect(stripe.asked).toEqual([...lists, 'event evt_1'])
})

test('a search for what no list shows reaches back two days before the last one', async () => {
  const { work, clock, run } = await openReconciles()
  await run()
  const reach = now - 2 * dayMs
  const rows = [
    factRow('payment:success:pi_in', reach),
    factRow('payment:success:pi_out', reach - 1),
  ]
  await work.queries.insertInto('facts').values(rows).execute()
  clock.now += dayMs
  expect((await run()).orphans?.keys).toEqual(['payment:success:pi_in'])
})

test('an interrupted reconcile continues after its last page, with what it had found', async () => {
  const { stripe, clock, progress, failAt, waiting, keys, run } = await openReconciles()
  stripe.listed.charges = ['1', '2', '3'].map(charge)
  stripe.perPage = 1
  failAt(`charges ${seconds} after 2`)
  await expect(run()).rejects.toBe(away)
  const next = { startingAfter: '2', createdToSeconds: null }
  const broken = { list: 'charges', next, listed: { charges: 2 }, drift: noDrift, fault: null }
  expect(await progress()).toMatchObject(broken)
  expect((await waiting())?.map(({ noticedAt }) => noticedAt)).toEqual([now, now])
  stripe.asked.length = 0
  clock.now += 60_001
  failAt('refunds')
  await expect(run()).rejects.toBe(away)
  expect(stripe.asked).toEqual([`charges ${seconds} after 2`, `refunds ${seconds}`])
  expect(await progress()).toMatchObject({ list: 'refunds', next: null, drift: { count: 2 } })
  failAt(undefined)
  const { beganAt, isWide, listed, drift } = await run()
  expect([beganAt, isWide, listed.charges, drift.count]).toEqual([now, true, 3, 3])
  expect(await keys()).toHaveLength(3)
})

test('a wide reconcile that another process finishes has looked for no facts that no list shows', async () => {
  const { ledger, work, pacing, failAt, run } = await openReconciles()
  await ledger.record(payment('pi_gone'))
  failAt('refunds')
  await expect(run()).rejects.toBe(away)
  failAt(undefined)
  const report = await reconcile(work, pacing, createListedMemory())
  expect(report).toMatchObject({ isWide: true, orphans: null, orphansBeganAt: null })
})

test('a reconcile that was interrupted after its lists reads none of them again', async () => {
  const { stripe, work, pacing, memory, progress, run } = await openReconciles()
  stripe.listed.charges = [charge('lost')]
  const pause = () => Promise.reject(new Error('stopped'))
  await expect(reconcile(work, { ...pacing, pause }, memory)).rejects.toThrow('stopped')
  expect(await progress()).toMatchObject({ list: null, next: null })
  stripe.asked.length = 0
  expect((await run()).drift.count).toBe(1)
  expect(stripe.asked).toEqual([])
})
