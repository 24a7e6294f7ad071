import { expect, test } from 'vitest'
import type { IntervalSum, ReadIntervalSums } from '../../../src/ledger/read/interval-sums.ts'
import { readStats, type StatsFilter } from '../../../src/ledger/read/stats.ts'

const range = { from: 1_000, to: 1_035, intervalMs: 10 }
const unfiltered: StatsFilter = { counter: undefined, label: undefined, currency: undefined }
const payments = 'billing_payments_total'
const checkouts = 'billing_checkout_started_total'

function sum(changes: Partial<IntervalSum>): IntervalSum {
  return {
    counter: payments,
    label: 'success',
    currency: 'usd',
    start: 1_000,
    count: 1,
    amount_minor: 100,
    ...changes,
  }
}

const sums = [
  sum({}),
  sum({ count: 2, amount_minor: 250 }),
  sum({ start: 1_030, count: 4, amount_minor: 50 }),
  sum({ currency: 'eur', start: 1_010 }),
  sum({ label: 'failed', currency: '', start: 1_020, amount_minor: 0 }),
  sum({ counter: checkouts, label: 'starter', currency: '', amount_minor: 0 }),
]

async function read(filter: Partial<StatsFilter> = {}) {
  const asked: (readonly number[])[] = []
  const readSums: ReadIntervalSums = async function* (...args) {
    asked.push(args)
    yield* sums
  }
  const stats = await readStats(readSums, range, { ...unfiltered, ...filter })
  expect(asked).toEqual([[1_000, 1_035, 10]])
  return stats
}

test('each series has a number for every interval, zeros too, in the order of their names', async () => {
  expect(await read()).toEqual([
    {
      counter: checkouts,
      label: 'starter',
      currency: null,
      counts: [1, 0, 0, 0],
      amountsMinor: [0, 0, 0, 0],
    },
    {
      counter: payments,
      label: 'failed',
      currency: null,
      counts: [0, 0, 1, 0],
      amountsMinor: [0, 0, 0, 0],
    },
    {
      counter: payments,
      label: 'success',
      currency: 'eur',
      counts: [0, 1, 0, 0],
      amountsMinor: [0, 100, 0, 0],
    },
    {
      counter: payments,
      label: 'success',
      currency: 'usd',
      counts: [3, 0, 0, 4],
      amountsMinor: [350, 0, 0, 50],
    },
  ])
})

test.each<readonly [Partial<StatsFilter>, readonly string[]]>([
  [{ counter: payments }, ['failed ', 'success eur', 'success usd']],
  [{ label: 'success' }, ['success eur', 'success usd']],
  [{ currency: 'eur' }, ['success eur']],
  [{ counter: payments, label: 'failed' }, ['failed ']],
  [{ counter: checkouts, label: 'failed' }, []],
])('the filter %j chooses the series', async (filter, names) => {
  const stats = await read(filter)
  expect(stats.map(({ label, currency }) => `${label} ${currency ?? ''}`)).toEqual(names)
})
