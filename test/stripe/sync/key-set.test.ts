import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createKeySet } from '../../../src/stripe/sync/key-set.ts'

test('a set of keys holds what was added and nothing else', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 100 }), (keys) => {
      const half = keys.length >> 1
      const set = createKeySet()
      for (const key of [...keys.slice(0, half), ...keys.slice(0, half)]) set.add(key)
      expect(set.size).toBe(half)
      expect(keys.map((key) => set.has(key))).toEqual(keys.map((_, index) => index < half))
    }),
    { numRuns: 20 },
  )
})

test('it grows', () => {
  const set = createKeySet()
  for (let index = 0; index < 20_000; index += 1) set.add(`payment:success:pi_${index}`)
  const has = Array.from({ length: 40_000 }, (_, index) => set.has(`payment:success:pi_${index}`))
  expect(has.indexOf(false)).toBe(20_000)
  expect(has.lastIndexOf(true)).toBe(19_999)
})
