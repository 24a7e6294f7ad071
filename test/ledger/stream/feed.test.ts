import { expect, onTestFinished, test, vi } from 'vitest'
import type { FactRow } from '../../../src/database/schema.ts'
import { createFactFeed } from '../../../src/ledger/stream/feed.ts'
import { factRow } from '../../support/facts.ts'
import { genesis } from '../../support/open-test-ledger.ts'

const settleMs = 10_000
const counter = 'billing_payments_total'

/** A feed of facts in memory, in a time that the test passes. */
function openFeed() {
  vi.useFakeTimers({ now: genesis })
  onTestFinished(() => void vi.useRealTimers())
  const rows: FactRow[] = []
  const reads: number[] = []
  const state = { isAway: false, answer: Promise.resolve() }
  const feed = createFactFeed({
    readTotals: async () => {
      await state.answer
      if (state.isAway) throw new Error('the database is away')
      return [{ counter, label: 'success', total: rows.length }]
    },
    readSince: async function* (fromMs) {
      reads.push(fromMs)
      const found = rows.filter((row) => row.recorded_at >= fromMs)
      if (found.length > 0)
        yield found.toSorted((one, other) => one.recorded_at - other.recorded_at)
    },
    now: () => Date.now(),
    settleMs,
  })
  const follow = async () => {
    const keys: string[] = []
    const sizes: number[] = []
    const unfollow = await feed.follow((facts) => {
      sizes.push(facts.length)
      keys.push(...facts.map(({ key }) => key))
    })
    return { keys, sizes, unfollow }
  }
  /** Commits a fact that was recorded some time ago. */
  const commit = (key: string, agoMs = 0) => void rows.push(factRow(key, Date.now() - agoMs))
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
  return { feed, follow, commit, pass, reads, state }
}

test('each fact that is committed from now on is passed on once to every listener, in order', async () => {
  const { follow, commit, pass } = openFeed()
  commit('before')
  const [one, other] = [await follow(), await follow()]
  commit('a')
  await pass(1_000)
  expect(one.keys).toEqual(['a'])
  commit('c')
  commit('b', 1)
  await pass(20_000)
  expect([one.keys, other.keys]).toEqual([
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
  ])
  expect(one.sizes).toEqual([1, 2])
})

test.each([
  ['a little, at the next look', 900, 1_000],
  ['long, once everything that is not settled is read again', 9_000, 5_000],
])(
  'a fact that is committed behind later ones is passed on; behind by %s',
  async (_, agoMs, withinMs) => {
    const { follow, commit, pass } = openFeed()
    await pass(60_000)
    const { keys } = await follow()
    commit('later')
    await pass(1_000)
    commit('late', agoMs)
    await pass(withinMs)
    expect(keys).toEqual(['later', 'late'])
  },
)

test('what was passed on is settled as time passes, also when it is read again', async () => {
  const { feed, follow, commit, pass } = openFeed()
  expect(feed.settledAt()).toBe(0)
  const { keys } = await follow()
  expect(feed.settledAt()).toBe(genesis - settleMs)
  for (let second = 0; second < 40; second += 1) {
    commit(`fact ${second}`)
    await pass(1_000)
  }
  expect(keys).toEqual(Array.from({ length: 40 }, (_, second) => `fact ${second}`))
  expect(feed.settledAt()).toBe(genesis + 40_000 - settleMs)
})

test('while nothing is committed no fact is read', async () => {
  const { follow, commit, pass, reads } = openFeed()
  await follow()
  commit('a')
  await pass(20_000)
  const readOnce = reads.length
  await pass(60_000)
  expect(reads).toHaveLength(readOnce)
})

test('between two sweeps it reads a second back from the newest fact, and not what is settled later', async () => {
  const { follow, commit, pass, reads } = openFeed()
  await follow()
  commit('a')
  await pass(1_000)
  commit('b')
  await pass(1_000)
  expect(reads.at(-1)).toBe(genesis - 1_000)
})

test('a clock that is set back passes facts on again, and leaves none out', async () => {
  const { feed, follow, commit, pass } = openFeed()
  const { keys } = await follow()
  commit('a')
  await pass(60_000)
  vi.setSystemTime(genesis)
  commit('b')
  await pass(20_000)
  expect(keys).toEqual(['a', 'a', 'b'])
  expect(feed.settledAt()).toBeLessThan(genesis + 20_000)
})

test('a ledger that is away for a while delays the facts, and loses none', async () => {
  const { follow, commit, pass, state } = openFeed()
  const { keys } = await follow()
  state.isAway = true
  commit('a')
  await pass(5_000)
  expect(keys).toEqual([])
  state.isAway = false
  await pass(1_000)
  expect(keys).toEqual(['a'])
})

test('a listener that comes while the ledger is away is refused, and the next one is not', async () => {
  const { feed, follow, commit, pass, state } = openFeed()
  state.isAway = true
  await expect(follow()).rejects.toThrow('the database is away')
  expect(feed.settledAt()).toBe(0)
  state.isAway = false
  const { keys } = await follow()
  commit('a')
  await pass(1_000)
  expect(keys).toEqual(['a'])
})

test('the ledger is read until the last listener has left', async () => {
  const { feed, follow, commit, pass } = openFeed()
  const [one, other] = [await follow(), await follow()]
  one.unfollow()
  commit('a')
  await pass(1_000)
  expect([one.keys, other.keys]).toEqual([[], ['a']])
  other.unfollow()
  expect(feed.settledAt()).toBe(0)
  expect(vi.getTimerCount()).toBe(0)
  commit('b')
  const next = await follow()
  commit('c')
  await pass(1_000)
  expect(next.keys).toEqual(['c'])
})

test('a listener that leaves while the ledger is read leaves no reading behind', async () => {
  const { feed, follow, pass, state } = openFeed()
  const { unfollow } = await follow()
  const answer = Promise.withResolvers<void>()
  state.answer = answer.promise
  await pass(1_000)
  unfollow()
  answer.resolve()
  await pass(0)
  expect(vi.getTimerCount()).toBe(0)
  const following = follow()
  feed.stop()
  await following
  expect(vi.getTimerCount()).toBe(0)
})

test('after the stop nothing is read, for those who listened and those who come', async () => {
  const { feed, follow, commit, pass, reads } = openFeed()
  const before = await follow()
  feed.stop()
  const readBefore = reads.length
  const after = await follow()
  commit('a')
  await pass(20_000)
  expect([before.keys, after.keys]).toEqual([[], []])
  expect(reads).toHaveLength(readBefore)
})
