import { expect, test } from 'vitest'
import { ListFault } from '../../../src/stripe/client/lists.ts'
import { payment } from '../../support/facts.ts'
import { succeededCharge } from '../../support/listed-payments.ts'
import { away, openReconciles } from '../../support/open-reconciles.ts'
import { genesis } from '../../support/open-test-ledger.ts'
import { withoutPermission } from '../../support/sync-work.ts'

const seconds = genesis / 1000
const noDrift = { count: 0, series: {}, keys: [] }

function charge(name: string) {
  return succeededCharge(name, seconds + 60)
}

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
