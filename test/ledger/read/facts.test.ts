import { expect, test } from 'vitest'
import type { FactRow } from '../../../src/database/schema.ts'
import { createReadFacts, type FactFilter } from '../../../src/ledger/read/facts.ts'
import { factRow } from '../../support/facts.ts'
import { openSqliteLedger } from '../../support/open-test-ledger.ts'

const payments = 'billing_payments_total'
const checkouts = 'billing_checkout_started_total'

function manyOf(count: number, recordedAt: number): readonly FactRow[] {
  return Array.from({ length: count }, (_, index) =>
    factRow(`many ${String(index).padStart(4, '0')}`, recordedAt),
  )
}

/** Reads pages of these facts, and notes how many rows each statement answers. */
async function openFacts(rows: readonly FactRow[]) {
  const { queries } = (await openSqliteLedger()).database
  for (let at = 0; at < rows.length; at += 1_000)
    await queries
      .insertInto('facts')
      .values(rows.slice(at, at + 1_000))
      .execute()
  const series = new Map(
    rows.map(({ counter, label }) => [`${counter} ${label}`, { counter, label }]),
  )
  const totals = [...series.values()].flatMap((one) =>
    [0, 1].map((shard) => ({ ...one, shard, total: 1 })),
  )
  await queries.insertInto('totals').values(totals).execute()
  const answered: number[] = []
  const readFacts = createReadFacts(queries, async (read) => {
    const answer = await read()
    if (Array.isArray(answer)) answered.push(answer.length)
    return answer
  })
  const keysOf = async (filter: FactFilter, limit = 10, startingAfter?: string) => {
    const { facts, next } = await readFacts(filter, { limit, startingAfter })
    return { keys: facts.map(({ key }) => key), next }
  }
  return { keysOf, readFacts, answered }
}

const one = factRow('one', 1_000, { occurred_at: 500, source: 'sweep' })

test('a fact that is named is answered as it is, alone, and an unknown one is not', async () => {
  const { readFacts, keysOf } = await openFacts([one, factRow('other', 1_000)])
  expect(await readFacts({ key: 'one' }, { limit: 1 })).toEqual({ facts: [one], next: null })
  expect(await keysOf({ key: 'none' })).toEqual({ keys: [], next: null })
})

const matching: readonly (readonly [FactFilter, FactFilter])[] = [
  [{ counter: payments }, { counter: checkouts }],
  [{ label: 'success' }, { label: 'failed' }],
  [{ source: 'sweep' }, { source: 'webhook' }],
  [{ recordedAfter: 1_000 }, { recordedAfter: 1_001 }],
  [{ recordedBefore: 1_001 }, { recordedBefore: 1_000 }],
  [{ occurredAfter: 500 }, { occurredAfter: 501 }],
  [{ occurredBefore: 501 }, { occurredBefore: 500 }],
]

test('each filter leaves what it names, whether the key is named as well or not', async () => {
  const { keysOf } = await openFacts([one])
  for (const [its, others] of matching)
    for (const named of [{}, { key: 'one' }]) {
      const filter = { ...its, ...named }
      expect(await keysOf(filter), JSON.stringify(filter)).toEqual({ keys: ['one'], next: null })
      const other = { ...others, ...named }
      expect(await keysOf(other), JSON.stringify(other)).toEqual({ keys: [], next: null })
    }
})

test('pages of every size hold each fact once, newest first, and the last one says so', async () => {
  const sold = { counter: checkouts, label: 'starter' }
  const rows = [factRow('e', 3), factRow('d', 2), factRow('c', 2, sold), factRow('b', 1)]
  const { keysOf } = await openFacts(rows)
  const first = await keysOf({}, 2)
  expect(first).toEqual({ keys: ['e', 'c'], next: 'c' })
  expect(await keysOf({}, 2, 'c')).toEqual({ keys: ['d', 'b'], next: null })
  expect(await keysOf({}, 3)).toEqual({ keys: ['e', 'c', 'd'], next: 'd' })
  expect(await keysOf({}, 4)).toEqual({ keys: ['e', 'c', 'd', 'b'], next: null })
})

test('a page that starts nowhere is refused with the key that is unknown', async () => {
  const { keysOf } = await openFacts([one])
  await expect(keysOf({}, 1, 'none')).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('no fact none'),
  })
})

test('a statement reads one more fact than the page has, and never more than a hundred', async () => {
  const { keysOf, answered } = await openFacts(manyOf(300, 1_000))
  await keysOf({}, 2)
  expect(answered).toEqual([1, 3])
  answered.length = 0
  expect((await keysOf({}, 150)).keys).toHaveLength(150)
  expect(answered).toEqual([1, 100, 100])
})

test('a filter that no index supports ends a page after five thousand facts, to go on from there', async () => {
  const rare = factRow('rare', 999, { source: 'sweep' })
  const { keysOf } = await openFacts([...manyOf(5_001, 1_000), rare])
  const first = await keysOf({ source: 'sweep' })
  expect(first).toEqual({ keys: [], next: 'many 0001' })
  expect(await keysOf({ source: 'sweep' }, 10, 'many 0001')).toEqual({ keys: ['rare'], next: null })
})

test('what an index supports is found at once, however many other facts there are', async () => {
  const { keysOf } = await openFacts([
    factRow('late', 2_000),
    ...manyOf(5_001, 1_000),
    factRow('early', 999),
    factRow('sold', 1, { counter: checkouts }),
    factRow('failed', 1, { label: 'failed' }),
  ])
  expect(await keysOf({ counter: checkouts })).toEqual({ keys: ['sold'], next: null })
  expect(await keysOf({ label: 'failed' })).toEqual({ keys: ['failed'], next: null })
  expect(await keysOf({ recordedAfter: 1_001 })).toEqual({ keys: ['late'], next: null })
  expect((await keysOf({ recordedBefore: 1_000 })).keys).toEqual(['early', 'sold', 'failed'])
})
