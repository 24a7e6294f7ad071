import { expect, test } from 'vitest'
import { createReadHours } from '../../../src/ledger/read/hours.ts'
import { createReadIntervals } from '../../../src/ledger/read/interval-sums.ts'
import { createOneAtATime } from '../../../src/ledger/read/one-at-a-time.ts'
import { countFacts, readStats } from '../../../src/ledger/read/stats.ts'
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

test.each(engines)('on %s intervals add up to the same as their hours', async (engine) => {
  const { database } = await openTestLedger(engine)
  for (let at = 0; at < rows.length; at += 500)
    await database.queries
      .insertInto('hourly')
      .values(rows.slice(at, at + 500))
      .execute()
  const readInTurn = createOneAtATime()
  const readHours = createReadHours(database.queries, readInTurn)
  for (const intervalMs of [hourMs, 6 * hourMs, 7 * 24 * hourMs]) {
    const range = { from: beginning + 5 * hourMs, to: beginning + 990 * hourMs, intervalMs }
    const readIntervals = createReadIntervals(database.queries, readInTurn, intervalMs)
    const stats = await readStats(readIntervals, range, unfiltered)
    expect(stats).toHaveLength(4)
    expect(stats).toEqual(await readStats(readHours, range, unfiltered))
  }
  const readAll = createReadIntervals(database.queries, readInTurn, Number.MAX_SAFE_INTEGER)
  expect(await countFacts(readAll)).toEqual(await countFacts(readHours))
})
