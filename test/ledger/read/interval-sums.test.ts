import { expect, test } from 'vitest'
import { countFacts } from '../../../src/ledger/read/count-facts.ts'
import { createReadIntervalSums } from '../../../src/ledger/read/interval-sums.ts'
import { createOneAtATime } from '../../../src/ledger/read/one-at-a-time.ts'
import { readStats } from '../../../src/ledger/read/stats.ts'
import { engines, openTestLedger } from '../../support/open-test-ledger.ts'

const hourMs = 3_600_000
const beginning = Date.UTC(2026, 0, 1)
const unfiltered = { counter: undefined, label: undefined, currency: undefined }

/** More rows than one statement adds up: four series over 1,000 hours. */
const hours = Array.from({ length: 1_000 }, (_, at) => beginning + at * hourMs)
const rows = hours.flatMap((hour, at) =>
  [
    ['billing_checkout_started_total', 'starter', '', 0],
    ['billing_payments_total', 'success', 'usd', 1_900],
    ['billing_payments_total', 'success', 'jpy', 500],
    ['billing_payments_total', 'refunded', 'usd', 1_900],
  ].map(([counter, label, currency, amount]) => ({
    counter: String(counter),
    label: String(label),
    currency: String(currency),
    hour,
    shard: at % 3,
    count: 1 + (at % 5),
    amount_minor: Number(amount) * (1 + (at % 5)),
  })),
)

/** What the intervals from `from` to `to` add up to, worked out here. */
function expected(from: number, to: number, intervalMs: number) {
  const sums = new Map<string, number[]>()
  for (const { counter, label, currency, hour, count } of rows) {
    if (hour < from || hour >= to) continue
    const key = `${counter} ${label} ${currency}`
    const counts = sums.get(key) ?? Array(Math.ceil((to - from) / intervalMs)).fill(0)
    const interval = Math.floor((hour - from) / intervalMs)
    counts[interval] += count
    sums.set(key, counts)
  }
  return sums
}

test.each(engines)('on %s intervals add up to the same as their hours', async (engine) => {
  const { database, ledger } = await openTestLedger(engine)
  for (let at = 0; at < rows.length; at += 500)
    await database.queries
      .insertInto('hourly')
      .values(rows.slice(at, at + 500))
      .execute()
  const readInTurn = createOneAtATime()
  const readIntervalSums = createReadIntervalSums(ledger, readInTurn)
  for (const intervalMs of [hourMs, 6 * hourMs, 7 * 24 * hourMs]) {
    const range = { from: beginning + 5 * hourMs, to: beginning + 990 * hourMs, intervalMs }
    const stats = await readStats(readIntervalSums, range, unfiltered)
    expect(
      new Map(
        stats.map(({ counter, label, currency, counts }) => [
          `${counter} ${label} ${currency ?? ''}`,
          counts,
        ]),
      ),
    ).toEqual(expected(range.from, range.to, intervalMs))
  }
  const payments = rows.filter(({ label }) => label === 'success')
  expect((await countFacts(ledger, readInTurn)).get('billing_payments_total success')).toBe(
    payments.reduce((sum, { count }) => sum + count, 0),
  )
})
