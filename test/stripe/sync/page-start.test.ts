import { expect, test } from 'vitest'
import { keepPageStart, toPageStart } from '../../../src/stripe/sync/page-start.ts'

test.each([
  { startingAfter: 'ch_1', createdToSeconds: 7 },
  { startingAfter: 'ch_1', createdToSeconds: undefined },
])('where a list continues is the same once it was stored: %j', (start) => {
  const kept = keepPageStart(start)
  expect(toPageStart(JSON.parse(JSON.stringify(kept)))).toEqual(start)
})

test('after the last page there is nowhere to continue', () => {
  expect(keepPageStart(undefined)).toBeNull()
  expect(keepPageStart({ startingAfter: undefined, createdToSeconds: 7 })).toBeNull()
  expect(toPageStart(null)).toBeUndefined()
})
