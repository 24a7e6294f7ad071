import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openTemporaryKeys } from '../../src/database/temporary-keys.ts'

test('it has every key that was added, once, and no other', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 500 }), (keys) => {
      const half = keys.length >> 1
      using set = openTemporaryKeys()
      for (const key of [...keys.slice(0, half), ...keys.slice(0, half)]) set.add(key)
      expect(set.size).toBe(half)
      expect(keys.map((key) => set.has(key))).toEqual(keys.map((_, index) => index < half))
    }),
    { numRuns: 30 },
  )
})

test('two of them know nothing of each other', () => {
  using one = openTemporaryKeys()
  using other = openTemporaryKeys()
  one.add('payment:success:pi_1')
  expect([one.has('payment:success:pi_1'), other.has('payment:success:pi_1')]).toEqual([
    true,
    false,
  ])
})
