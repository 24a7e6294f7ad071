import { expect, test } from 'vitest'
import { createUnlimitedPacing } from '../../../src/stripe/client/pacing.ts'
import { createDriftCheck, type DriftCheckOptions } from '../../../src/stripe/sync/drift.ts'
import { listedSuccess } from '../../support/stripe-facts.ts'

const graceMs = 60_000
const series = 'billing_payments_total{status="success"}'

/** A check whose clock moves by what it waits; a fact arrives after all if its id is among `arrived`. */
function openCheck(given: Partial<DriftCheckOptions> = {}) {
  const clock = { now: 1_000_000 }
  const arrived = new Set<string>()
  const waits: number[] = []
  const looked: number[] = []
  const aborter = new AbortController()
  const check = createDriftCheck({
    stillMissing: async (facts) => {
      looked.push(facts.length)
      return facts.filter(({ proof }) => !arrived.has(proof.evidence))
    },
    graceMs,
    now: () => clock.now,
    pacing: createUnlimitedPacing(aborter.signal, async (waitMs) => {
      waits.push(waitMs)
      clock.now += waitMs
    }),
    ...given,
  })
  return { check, clock, arrived, waits, looked, aborter }
}

function facts(count: number, from = 0) {
  return Array.from({ length: count }, (_, index) => listedSuccess(`pi_${from + index}`))
}

test('only what is still missing after the wait is drift', async () => {
  const { check, clock, arrived, waits } = openCheck()
  await check.add(facts(3), clock.now)
  clock.now += 20_000
  arrived.add('pi_1')
  const drift = await check.finish()
  expect(drift.count).toBe(2)
  expect(Object.values(drift.series)).toEqual([2])
  expect(drift.keys).toEqual(['payment:success:pi_0', 'payment:success:pi_2'])
  expect(waits).toEqual([graceMs - 20_000])
})

test('nothing missing is waited for by nobody', async () => {
  const { check, waits, looked } = openCheck()
  await check.add([], 0)
  expect(await check.finish()).toEqual({ count: 0, series: {}, keys: [] })
  expect([waits, looked]).toEqual([[], []])
})

test('what has waited long enough is looked for again meanwhile, 200 at a time, younger ones later', async () => {
  const { check, clock, waits, looked } = openCheck()
  await check.add(facts(450), clock.now)
  clock.now += graceMs
  await check.add([], clock.now)
  expect(looked).toEqual([])
  clock.now += 1
  await check.add(facts(10, 450), clock.now)
  expect(looked).toEqual([200, 200, 50])
  expect(check.found().count).toBe(450)
  expect(await check.finish()).toMatchObject({ count: 460 })
  expect([waits, looked]).toEqual([[graceMs], [200, 200, 50, 10]])
})

test('a clock that was set back makes nothing wait longer', async () => {
  const { check, clock, waits, looked } = openCheck()
  await check.add(facts(1), clock.now)
  clock.now -= graceMs + 1
  await check.add([], clock.now)
  expect(looked).toEqual([1])
  await check.add(facts(1, 1), clock.now + 10 * graceMs)
  expect(looked).toEqual([1, 1])
  await check.finish()
  expect(waits).toEqual([])
})

test('ten thousand at most wait: then the check waits for them', async () => {
  const { check, clock, waits, looked } = openCheck()
  await check.add(facts(9_999), clock.now)
  expect(waits).toEqual([])
  clock.now += graceMs - 1
  await check.add(facts(1, 9_999), clock.now)
  expect(waits).toEqual([graceMs])
  expect(looked).toEqual(Array(50).fill(200))
  const { count, keys } = await check.finish()
  expect([count, keys.length]).toEqual([10_000, 100])
})

test('an earlier check is continued with what it found and what still waits', async () => {
  const found = { count: 1, series: { [series]: 1 }, keys: ['payment:success:pi_earlier'] }
  const waiting = facts(1).map((fact) => ({ fact, noticedAt: 1_000_000 }))
  const { check } = openCheck({ found, waiting })
  expect(check.found()).toEqual(found)
  expect(await check.finish()).toEqual({
    count: 2,
    series: { [series]: 2 },
    keys: ['payment:success:pi_earlier', 'payment:success:pi_0'],
  })
  expect(found.count).toBe(1)
  expect(found.keys).toHaveLength(1)
  expect(found.series).toEqual({ [series]: 1 })
})

test('a stopped job looks for nothing more', async () => {
  const { check, clock, looked, aborter } = openCheck()
  await check.add(facts(1), clock.now - 2 * graceMs)
  await check.add(facts(1), clock.now)
  aborter.abort(new Error('stopped'))
  await expect(check.finish()).rejects.toThrow('stopped')
  expect(looked).toEqual([1])
})
