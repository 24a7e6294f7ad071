import { expect, test } from 'vitest'
import { eventReaderFor, eventTypes, refundsNoticeFor } from '../../../src/stripe/facts/registry.ts'

test('each event type that the endpoint needs proves a fact or announces refunds, not both', () => {
  const kinds = eventTypes.map((type) => [
    type,
    eventReaderFor(type) !== undefined,
    refundsNoticeFor(type) !== undefined,
  ])
  expect(kinds).toEqual([
    ['payment_intent.succeeded', true, false],
    ['payment_intent.payment_failed', true, false],
    ['refund.created', true, false],
    ['refund.updated', true, false],
    ['charge.refund.updated', true, false],
    ['checkout.session.completed', true, false],
    ['checkout.session.expired', true, false],
    ['charge.refunded', false, true],
  ])
})

test('a reader and a notice are found by a type of their own', () => {
  for (const type of eventTypes) {
    const found = eventReaderFor(type) ?? refundsNoticeFor(type)
    expect(found?.types).toContain(type)
  }
})

test('another event type proves nothing and announces nothing', () => {
  expect(eventReaderFor('invoice.paid')).toBeUndefined()
  expect(refundsNoticeFor('invoice.paid')).toBeUndefined()
})
