import { expect, test } from 'vitest'
import { readReconcileProgress } from '../../../src/stripe/sync/reconcile-progress.ts'

const progress = {
  ...{ beganAt: 9, since: 1, isWide: true, notice: null, list: 'charges' },
  ...{ next: { startingAfter: 'ch_1', createdToSeconds: null }, listed: { charges: 3 } },
  ...{ refused: {}, drift: { count: 0, series: {}, keys: [] }, fault: null },
}

test('progress is read as it was stored', () => {
  expect(readReconcileProgress({ progress: JSON.stringify(progress) })).toEqual(progress)
})

test('progress from before lists could be refused has none that is', () => {
  const { refused: _, ...before } = progress
  expect(readReconcileProgress({ progress: JSON.stringify(before) })).toEqual(progress)
})

test('a reconcile that none interrupted, or another version stored, has no progress', () => {
  expect(readReconcileProgress(undefined)).toBeUndefined()
  expect(readReconcileProgress({ progress: null })).toBeUndefined()
  expect(readReconcileProgress({ progress: '{"beganAt":9}' })).toBeUndefined()
})
