import { expect, test } from 'vitest'
import {
  checkoutKey,
  keysMeantBy,
  parseFactKey,
  paymentKey,
  postKey,
} from '../../src/ledger/fact-key.ts'

const slot = '2026-11-27T09:00:00.000Z'
const payments = 'billing_payments_total'

test.each([
  [checkoutKey('cs_1'), 'checkout:cs_1', 'billing_checkout_started_total', 'checkout_session'],
  [paymentKey('success', 'pi_1'), 'payment:success:pi_1', payments, 'payment_intent'],
  [paymentKey('failed', 'ch_1'), 'payment:failed:ch_1', payments, 'charge'],
  [paymentKey('failed', 'py_1'), 'payment:failed:py_1', payments, 'charge'],
  [paymentKey('failed', 'evt_1'), 'payment:failed:evt_1', payments, 'event'],
  [paymentKey('refunded', 're_1'), 'payment:refunded:re_1', payments, 'refund'],
])('%s is the key of one Stripe object and says which', (key, text, counter, names) => {
  expect(key).toBe(text)
  expect(parseFactKey(key)).toEqual({ counter, names, id: text.split(':').at(-1) })
})

test('the key of a post has its campaign and its slot, colons and all', () => {
  const key = postKey('campaign_1', slot)
  expect(key).toBe(`post:campaign_1:${slot}`)
  const id = `campaign_1:${slot}`
  expect(parseFactKey(key)).toEqual({ counter: 'marketing_posts_total', names: 'post', id })
})

test('a search for an id means every key that it may be in, and a whole key', () => {
  const keys = keysMeantBy('one')
  expect(keys).toEqual(
    expect.arrayContaining([
      'one',
      checkoutKey('one'),
      paymentKey('success', 'one'),
      paymentKey('failed', 'one'),
      paymentKey('refunded', 'one'),
      'post:one',
    ]),
  )
  expect(keys).toHaveLength(6)
})

test.each(['', 'payment', 'payment:success:', 'payment:lost:pi_1', 'checkout', 'dispute:dp_1'])(
  'the text "%s" is no key',
  (text) => {
    expect(parseFactKey(text)).toBeUndefined()
  },
)
