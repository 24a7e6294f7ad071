import { expect, test } from 'vitest'
import { createRecorder } from '../../../instrumentation/business/recorder.ts'
import type { Fact } from '../../../src/ledger/fact.ts'

test('a plan outside the contract is refused and recorded nowhere', async () => {
  const recorded: Fact[] = []
  const recorder = createRecorder({
    plans: ['starter'],
    record: async (fact) => {
      recorded.push(fact)
      return 'new'
    },
  })
  const proof = {
    key: 'checkout:cs_1',
    occurredAt: 0,
    objectCreatedAt: null,
    source: 'api',
    evidence: 'cs_1',
    amountMinor: null,
    currency: null,
  } as const
  await expect(recorder.recordCheckoutStarted('gold', proof)).rejects.toThrow(TypeError)
  expect(recorded).toEqual([])
  expect(await recorder.recordCheckoutStarted('starter', proof)).toBe('new')
  expect(recorded).toMatchObject([{ label: 'starter' }])
})

test('each method records under its own counter, with its label', async () => {
  const recorded: Fact[] = []
  const recorder = createRecorder({
    plans: ['starter'],
    record: async (fact) => {
      recorded.push(fact)
      return 'new'
    },
  })
  const rest = {
    occurredAt: 0,
    objectCreatedAt: null,
    source: 'api',
    evidence: 'one',
    amountMinor: null,
    currency: null,
  } as const
  await recorder.recordMarketingPost({ ...rest, key: 'post:campaign:slot' })
  await recorder.recordPayment('refunded', { ...rest, key: 'payment:refunded:re_1' })
  expect(recorded).toMatchObject([
    { counter: 'marketing_posts_total', label: '', key: 'post:campaign:slot' },
    { counter: 'billing_payments_total', label: 'refunded', key: 'payment:refunded:re_1' },
  ])
  expect([recorder.hasPlan('starter'), recorder.hasPlan('gold')]).toEqual([true, false])
})
