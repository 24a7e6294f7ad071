import { expect, test } from 'vitest'
import {
  byName,
  mergeNewest,
  type Position,
  type Series,
} from '../../../src/ledger/read/merge-newest.ts'
import { factRow } from '../../support/facts.ts'

const all: readonly Series[] = [
  { counter: 'billing_payments_total', label: 'failed' },
  { counter: 'billing_payments_total', label: 'success' },
  { counter: 'marketing_posts_total', label: '' },
]

/** Facts of all series, several of them in an instant, in the order in which they are to be listed. */
const rows = [9, 8, 7, 6, 5].flatMap((recordedAt) =>
  all
    .filter((_, index) => (recordedAt + index) % 3 !== 0)
    .flatMap((series, index) => [
      factRow(`${recordedAt} ${index} b`, recordedAt, series),
      factRow(`${recordedAt} ${index} a`, recordedAt, series),
    ]),
)

/** Merges what is read two rows at a time, as the ledger's index returns them. */
async function merge(
  position?: Position,
  recordedBefore?: number,
  onRead: () => void = () => undefined,
): Promise<readonly string[]> {
  const keys: string[] = []
  const merged = mergeNewest({
    series: all,
    position,
    recordedBefore,
    readRows: async ({ counter, label }, after, before = Number.POSITIVE_INFINITY) => {
      onRead()
      const ofSeries = rows.filter((row) => row.counter === counter && row.label === label)
      const start = after === undefined ? 0 : ofSeries.findIndex(({ key }) => key === after.key) + 1
      return ofSeries
        .slice(start)
        .filter((row) => row.recorded_at < before)
        .slice(0, 2)
    },
  })
  for await (const { key } of merged) keys.push(key)
  return keys
}

test('the facts of all series come newest first, and of one instant by series', async () => {
  expect(await merge()).toEqual(rows.map(({ key }) => key))
})

test('the rows of a series are read on only when those that were read are used up', async () => {
  let reads = 0
  const keys = await merge(undefined, undefined, () => {
    reads += 1
  })
  expect(reads).toBe(all.length + keys.length / 2)
})

test('the facts after any of them are those that come after it', async () => {
  const keys = rows.map(({ key }) => key)
  for (const [index, row] of rows.entries()) expect(await merge(row)).toEqual(keys.slice(index + 1))
})

test('the facts before an instant are without those of the instant, also after a position', async () => {
  const before = rows.filter((row) => row.recorded_at < 8)
  expect(await merge(undefined, 8)).toEqual(before.map(({ key }) => key))
  const last = rows.find((row) => row.recorded_at === 6)
  const rest = last === undefined ? [] : rows.slice(rows.indexOf(last) + 1)
  expect(await merge(last, 8)).toEqual(rest.map(({ key }) => key))
  const newest = rows[0]
  expect(await merge(newest, 8)).toEqual(before.map(({ key }) => key))
})

test('series are ordered by counter, then by label', () => {
  expect(all.toReversed().toSorted(byName)).toEqual(all)
  const [one = { counter: '', label: '' }] = all
  expect(byName(one, { ...one })).toBe(0)
})
