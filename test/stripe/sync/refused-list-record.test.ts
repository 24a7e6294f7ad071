import { expect, test } from 'vitest'
import { createListedMemory, openReconcile } from '../../../src/stripe/sync/reconcile-run.ts'
import { refusalOf, reportReadable, sinceOf } from '../../../src/stripe/sync/refused-list.ts'
import { genesis } from '../../support/open-test-ledger.ts'
import { openSyncWork, withoutPermission } from '../../support/sync-work.ts'

const permission = '"Charges and Refunds: Read" and "PaymentIntents: Read" (rak_charge_read)'
const refusal = withoutPermission("Having the 'rak_charge_read' permission would allow this")

/** A reconcile of the list since the second day, after one that could not read the charges, or could. */
async function openRun(charges?: { permission: string; since: number; refusedSince: number }) {
  const { work, pacing, told } = await openSyncWork()
  const run = await openReconcile(work, pacing, createListedMemory())
  const progress = { ...run.progress, since: genesis + 2, beganAt: genesis + 9 }
  const last = {
    ...{ beganAt: 1, wideBeganAt: 1, since: 1, isWide: true, listed: {} },
    ...{ drift: progress.drift, orphans: null, orphansBeganAt: null },
    refused: charges === undefined ? {} : { charges },
  }
  return { first: { ...run, progress, last: undefined }, run: { ...run, progress, last }, told }
}

test('a list that is refused for the first time is recorded and told with the permission by name', async () => {
  const { first, run, told } = await openRun()
  const record = { permission, since: genesis + 2, refusedSince: genesis + 9 }
  expect(refusalOf(first, 'charges', refusal)).toEqual(record)
  expect(refusalOf(run, 'charges', refusal)).toEqual(record)
  const warning = { warn: { list: 'charges', permission } }
  expect(told).toEqual([warning, warning])
})

test.each([
  ['charges', '"Charges and Refunds: Read" and "PaymentIntents: Read"'],
  ['refunds', '"Charges and Refunds: Read"'],
  ['checkout_sessions', '"Checkout Sessions: Read"'],
] as const)('without a name from Stripe, what %s need is named alone', async (list, named) => {
  const { first } = await openRun()
  expect(refusalOf(first, list, withoutPermission('no')).permission).toBe(named)
})

test('a list that is still refused keeps its beginning and is not told again', async () => {
  const { run, told } = await openRun({ permission, since: genesis + 1, refusedSince: genesis + 3 })
  const record = { permission, since: genesis + 1, refusedSince: genesis + 3 }
  expect(refusalOf(run, 'charges', refusal)).toEqual(record)
  expect(told).toEqual([])
  expect(refusalOf(run, 'refunds', withoutPermission('no')).refusedSince).toBe(genesis + 9)
})

test('another permission that is lacking is told', async () => {
  const { run, told } = await openRun({ permission: 'x', since: genesis + 1, refusedSince: 3 })
  refusalOf(run, 'charges', refusal)
  expect(told).toEqual([{ warn: { list: 'charges', permission } }])
})

test('a list is read since it was refused, or since the window began if that is earlier', async () => {
  const { first, run } = await openRun({ permission, since: genesis + 1, refusedSince: 3 })
  expect(sinceOf(first, 'charges')).toBe(genesis + 2)
  expect(sinceOf(run, 'charges')).toBe(genesis + 1)
  expect(sinceOf(run, 'refunds')).toBe(genesis + 2)
  const later = await openRun({ permission, since: genesis + 5, refusedSince: 3 })
  expect(sinceOf(later.run, 'charges')).toBe(genesis + 2)
})

test('only a list that was refused the last time is told to be readable again', async () => {
  const { first, run, told } = await openRun({ permission, since: 1, refusedSince: 3 })
  reportReadable(first, 'charges')
  reportReadable(run, 'refunds')
  expect(told).toEqual([])
  reportReadable(run, 'charges')
  expect(told).toEqual([{ info: { list: 'charges' } }])
})
