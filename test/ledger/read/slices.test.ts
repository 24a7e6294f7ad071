import { expect, test } from 'vitest'
import { readSlices } from '../../../src/ledger/read/slices.ts'
import { openTestLedger } from '../../support/open-test-ledger.ts'

const hourMs = 3_600_000

/** Reads the hours with facts slice by slice; answers what was yielded, and the slices that were read, in hours. */
async function read(hours: readonly number[], range: Record<'from' | 'before' | 'slice', number>) {
  const { ledger, database } = await openTestLedger('sqlite')
  const series = { counter: 'billing_payments_total', label: 'success', currency: 'usd' }
  await database.queries
    .insertInto('hourly')
    .values(
      hours.map((hour) => ({
        ...series,
        hour: hour * hourMs,
        shard: 0,
        count: 1,
        amount_minor: 0,
      })),
    )
    .execute()
  const slices: string[] = []
  const found: number[] = []
  const options = {
    from: range.from * hourMs,
    before: range.before * hourMs,
    sliceMs: range.slice * hourMs,
  }
  const rows = readSlices(
    ledger,
    (work) => work(),
    options,
    async ({ start, end }) => {
      slices.push(`${start / hourMs}-${end / hourMs}`)
      return hours.filter((hour) => hour * hourMs >= start && hour * hourMs < end)
    },
  )
  for await (const hour of rows) found.push(hour)
  return { found, slices }
}

test('the range is read in slices that begin at its beginning, up to its end', async () => {
  const { found, slices } = await read([9, 10, 12, 14, 15, 19, 20], {
    from: 10,
    before: 20,
    slice: 4,
  })
  expect(found).toEqual([10, 12, 14, 15, 19])
  expect(slices).toEqual(['10-14', '14-18', '18-20'])
})

test('times without facts are skipped, however long they are, from the first empty slice on', async () => {
  const { found, slices } = await read([3, 1_001, 100_000], { from: 0, before: 200_000, slice: 10 })
  expect(found).toEqual([3, 1_001, 100_000])
  expect(slices).toEqual([
    ...['0-10', '10-20'],
    ...['1000-1010', '1010-1020'],
    ...['100000-100010', '100010-100020'],
  ])
})

test('where there are no facts nothing is read', async () => {
  expect(await read([1, 20], { from: 2, before: 20, slice: 4 })).toEqual({ found: [], slices: [] })
})
