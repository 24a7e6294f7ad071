import { expect, test } from 'vitest'
import {
  manualIdOf,
  manualKeys,
  manualSlotKey,
  postIdOf,
  proofOf,
  slotKeyOf,
  sourceOf,
} from '../../../src/marketing/posts/key.ts'

const slot = slotKeyOf(Date.UTC(2026, 0, 5, 9))

test('ids and keys are what earlier releases made of the same campaign, slot and Idempotency-Key', () => {
  expect(slot).toBe('2026-01-05T09:00:00.000Z')
  expect(postIdOf('campaign_1', slot)).toBe('post_cc08688252b94786a4690691')
  const manual = manualSlotKey(manualIdOf('campaign_1', 'launch'))
  expect(manual).toBe('manual:5f9b42b3b2dd2052b1ceb267')
  expect(postIdOf('campaign_1', manual)).toBe('post_1f30403d78a90afe00a00604')
  expect(proofOf({ campaign_id: 'campaign_1', slot_key: manual }, 7, 'receipt_1')).toEqual({
    key: `post:campaign_1:${manual}`,
    occurredAt: 7,
    objectCreatedAt: null,
    source: 'manual',
    evidence: 'receipt_1',
    amountMinor: null,
    currency: null,
  })
})

test('a slot key says what triggered its post', () => {
  expect(sourceOf(slot)).toBe('schedule')
  expect(sourceOf(manualSlotKey('1'))).toBe('manual')
  expect(manualKeys).toBe(manualSlotKey('%'))
})
