import { expect, test } from 'vitest'
import type { FactRow } from '../../../src/database/schema.ts'
import { createReadFactsSince } from '../../../src/ledger/stream/facts-since.ts'
import { factRow } from '../../support/facts.ts'
import { engines, genesis, openTestLedger } from '../../support/open-test-ledger.ts'

const counter = 'billing_payments_total'

function rowOf(label: string, index: number, recordedAt: number): FactRow {
  const key = `payment:${label}:${String(index).padStart(4, '0')}`
  return factRow(key, recordedAt, { label, occurred_at: genesis })
}

/** Two series, one of them of four statements, with several facts in an instant, and once more than in one. */
const rows = [
  ...Array.from({ length: 150 }, (_, at) => rowOf('success', 500 + at, genesis + 500)),
  ...Array.from({ length: 250 }, (_, at) => rowOf('success', at, genesis + Math.floor(at / 3))),
  ...Array.from({ length: 20 }, (_, at) => rowOf('failed', at, genesis + at * 5)),
]

test.each(engines)(
  'the facts since an instant come once each, in the order of recording, on %s',
  async (engine) => {
    const { queries } = (await openTestLedger(engine)).database
    await queries.insertInto('facts').values(rows).execute()
    await queries
      .insertInto('totals')
      .values(['success', 'failed'].map((label) => ({ counter, label, shard: 0, total: 1 })))
      .execute()
    const readSince = createReadFactsSince(queries, (read) => read())
    for (const fromMs of [genesis, genesis + 40, genesis + 83, genesis + 1_000]) {
      const batches: (readonly FactRow[])[] = []
      for await (const batch of readSince(fromMs)) batches.push(batch)
      const found = batches.flat()
      const wanted = rows.filter((row) => row.recorded_at >= fromMs)
      expect(found.map(({ key }) => key).toSorted()).toEqual(
        wanted.map(({ key }) => key).toSorted(),
      )
      const instants = found.map((row) => row.recorded_at)
      expect(instants).toEqual(instants.toSorted((one, other) => one - other))
      const longest = wanted.filter(({ label }) => label === 'success')
      expect(batches).toHaveLength(Math.ceil(longest.length / 100))
    }
  },
)
