import { expect, test } from 'vitest'
import { AppError } from '../../../src/errors.ts'
import { ListFault } from '../../../src/stripe/client/lists.ts'
import { createDriftCandidates } from '../../../src/stripe/sync/drift-candidates.ts'
import { reconcile } from '../../../src/stripe/sync/reconcile.ts'
import { readReconcileProgress } from '../../../src/stripe/sync/reconcile-progress.ts'
import { createListedMemory } from '../../../src/stripe/sync/reconcile-run.ts'
import { factRow, payment } from '../../support/facts.ts'
import { succeededCharge } from '../../support/listed-payments.ts'
import { genesis } from '../../support/open-test-ledger.ts'
import { openSyncWork, withoutPermission } from '../../support/sync-work.ts'

const dayMs = 86_400_000
const now = genesis + 10 * dayMs
const seconds = genesis / 1000
const noDrift = { count: 0, series: {}, keys: [] }
const noProgress = { notice: null, list: null, next: null, fault: null }
const away = new AppError('stripe_unavailable', 'away')

function charge(name: string) {
  return succeededCharge(name, seconds + 60)
}

async function openReconciles() {
  const opened = await openSyncWork()
  const { work, pacing, stripe } = opened
  const memory = createListedMemory()
  const failAt = (start: string | undefined, failure: unknown = away) => {
    stripe.fail = (call) => (start !== undefined && call.startsWith(start) ? failure : undefined)
  }
  const progress = async () => readReconcileProgress(await work.syncState.read('reconcile'))
  const waiting = () => createDriftCandidates(work.queries).read()
  const run = () => reconcile(work, pacing, memory)
  return { ...opened, memory, failAt, progress, waiting, run }
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

test('a list that the key may not read does not block the others, and is read later from where it was', async () => {
  const { stripe, clock, progress, failAt, run } = await openReconciles()
  stripe.listed.charges = [charge('lost')]
  failAt('charges', withoutPermission('no'))
  const { refused, listed } = await run()
  expect(listed).toEqual({ refunds: 0, checkout_sessions: 0 })
  expect(refused).toEqual({ charges: expect.objectContaining({ since: genesis }) })
  clock.now += 3_600_000
  stripe.fail = (call) => {
    if (call.startsWith('charges')) return withoutPermission('no')
    return call.startsWith('refunds') ? away : undefined
  }
  await expect(run()).rejects.toBe(away)
  const since = expect.objectContaining({ since: genesis })
  const skipped = { list: 'refunds', next: null, refused: { charges: since }, drift: noDrift }
  expect(await progress()).toMatchObject({ ...skipped, fault: null })
  failAt(undefined)
  await run()
  stripe.asked.length = 0
  expect(await run()).toMatchObject({ refused: {}, drift: { count: 1 } })
  expect(stripe.asked[0]).toBe(`charges ${seconds}`)
})

test('the last list that the key may not read ends the lists, and one that it may read again is told', async () => {
  const { told, failAt, run } = await openReconciles()
  failAt('checkout_sessions', withoutPermission('no'))
  expect(Object.keys((await run()).refused)).toEqual(['checkout_sessions'])
  failAt(undefined)
  await run()
  expect(told.at(-1)).toEqual({ info: { list: 'checkout_sessions' } })
})

test('a list that does not end as it should interrupts the reconcile, is told once, and no more once it is read', async () => {
  const { stripe, told, progress, failAt, run } = await openReconciles()
  failAt('charges', new ListFault('repeats'))
  for (const _ of [1, 2]) await expect(run()).rejects.toThrow('repeats')
  expect(told).toEqual([{ warn: { list: 'charges', reason: 'repeats' } }])
  expect(await progress()).toMatchObject({ list: 'charges', fault: 'repeats' })
  failAt('charges', withoutPermission('no'))
  stripe.listed.refunds = [{}]
  stripe.fail = (call) => (call.startsWith('refunds') ? away : undefined)
  await expect(run()).rejects.toBe(away)
  expect(await progress()).toMatchObject({ list: 'refunds', fault: null })
  expect(told).toHaveLength(1)
})

test('an object that cannot be read becomes a dead letter, and those that can are resolved once recorded', async () => {
  const { ledger, stripe, letters, failAt, open, run } = await openReconciles()
  await ledger.record(payment('pi_known'))
  for (const id of ['ch_known', 'ch_lost', 'ch_open'])
    await letters.keep({ id, type: 'charges', reason: 'broken', source: 'reconcile' })
  const uncaptured = { ...charge('open'), captured: false }
  const broken = { ...charge('broken'), captured: null }
  stripe.listed.charges = [
    charge('known'),
    charge('lost'),
    uncaptured,
    broken,
    { ...broken, id: 7 },
  ]
  failAt('refunds')
  await expect(run()).rejects.toBe(away)
  expect(Object.keys(await open()).toSorted()).toEqual(['ch_broken', 'ch_lost', 'unknown'])
  failAt(undefined)
  await run()
  expect(Object.keys(await open()).toSorted()).toEqual(['ch_broken', 'unknown'])
})

test('a fault while an object is read becomes a dead letter too', async () => {
  const { work, stripe, letters, run } = await openReconciles()
  const hasPlan = () => {
    throw new TypeError('a fault')
  }
  Object.assign(work.ingest, { recorder: { ...work.ingest.recorder, hasPlan } })
  const metadata = { countinghouse: 'ledger01', plan: 'starter' }
  stripe.listed.checkout_sessions = [{ id: 'cs_1', created: seconds, metadata }]
  await run()
  const letter = { type: 'checkout_sessions', source: 'reconcile' }
  expect(await letters.find('cs_1')).toMatchObject(letter)
})
