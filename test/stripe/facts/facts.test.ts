import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { eventSchema, type StripeEvent } from '../../../src/stripe/facts/event.ts'
import { eventReaderFor, eventTypes } from '../../../src/stripe/facts/registry.ts'
import type { FactContext, StripeFact } from '../../../src/stripe/facts/stripe-fact.ts'

const folder = new URL('../../fixtures/stripe/', import.meta.url)
const fixtureTypes = readdirSync(folder).map((file) => file.replace(/\.json$/, ''))

function fixture(type: string): StripeEvent {
  return eventSchema.parse(JSON.parse(readFileSync(new URL(`${type}.json`, folder), 'utf8')))
}

const context = {
  ledgerId: 'ledger01',
  source: 'webhook' as const,
  hasPlan: (plan: string) => ['starter', 'professional', 'enterprise'].includes(plan),
}

/** The same event about an object with some fields changed. */
function changed(type: string, changes: object): StripeEvent {
  const event = fixture(type)
  return { ...event, data: { object: { ...Object(event.data.object), ...changes } } }
}

/** The charge of a refund, all of it captured. */
const charge = {
  id: 'ch_3TvQ8dLkdIwHu7ix0fA1iL2d',
  amount: 4900,
  amount_captured: 4900,
  captured: true,
  currency: 'usd',
  balance_transaction: 'txn_3TvQ8dLkdIwHu7ix0',
}

function readEvent(event: StripeEvent, facts: FactContext): StripeFact | undefined {
  return eventReaderFor(event.type)?.read(event, facts, charge)
}

function keyOf(fact: StripeFact | undefined) {
  return fact?.proof.key
}

const provedKeys = new Map([
  ['payment_intent.succeeded', 'payment:success:pi_3TvQ8dLkdIwHu7ix0aB1cD2e'],
  ['payment_intent.payment_failed', 'payment:failed:ch_3TvQ8dLkdIwHu7ix0fA1iL2d'],
  ['refund.created', 'payment:refunded:re_3TvQ8dLkdIwHu7ix0R1e2F3u'],
  ['refund.updated', 'payment:refunded:re_3TvQ8dLkdIwHu7ix0R1e2F3u'],
  ['charge.refund.updated', 'payment:refunded:re_3TvQ8dLkdIwHu7ix0R1e2F3u'],
  ['checkout.session.completed', 'checkout:cs_test_a1TvQ8dLkdIwHu7ixb2C3d4E5f6G7h8I9j0'],
  ['checkout.session.expired', 'checkout:cs_test_a1TvQ8dLkdIwHu7ixb2C3d4E5f6G7h8I9j0'],
])

test.each(fixtureTypes)('%s proves what the design says it proves, or nothing', (type) => {
  expect(keyOf(readEvent(fixture(type), context))).toBe(provedKeys.get(type))
})

test('there is a fixture for every event that the registry reads', () => {
  expect(fixtureTypes).toEqual(expect.arrayContaining([...eventTypes]))
})

test('a success carries its amount, its instants and the event that proved it', () => {
  expect(readEvent(fixture('payment_intent.succeeded'), context)).toEqual({
    counter: 'billing_payments_total',
    label: 'success',
    proof: {
      key: 'payment:success:pi_3TvQ8dLkdIwHu7ix0aB1cD2e',
      occurredAt: 1767226060_000,
      objectCreatedAt: 1767226000_000,
      source: 'webhook',
      evidence: 'evt_3TvQ8dLkdIwHu7ix0Su1cC2e',
      amountMinor: 4900,
      currency: 'usd',
    },
  })
})

function attemptOf(changes: object, event: Partial<StripeEvent> = {}) {
  const told = { ...changed('payment_intent.payment_failed', changes), ...event }
  return readEvent(told, context)?.proof.attempt
}

test('a declined card names its charge by its error, expanded or not', () => {
  for (const id of ['ch_9', { id: 'ch_9', object: 'charge' }])
    expect(
      attemptOf({
        latest_charge: 'ch_9',
        last_payment_error: { code: 'card_declined', charge: id },
      }),
    ).toMatchObject({ charge: { id: 'ch_9', namedAs: 'error' } })
})

test.each([
  ['a bank debit', 'payment_intent_payment_attempt_failed'],
  ['a refused authentication', 'payment_intent_authentication_failure'],
  ['an error with an empty code', ''],
])('%s names the latest charge, its own or an earlier one', (_, code) => {
  expect(attemptOf({ latest_charge: 'py_1', last_payment_error: { code } })).toMatchObject({
    charge: { id: 'py_1', namedAs: 'latest' },
  })
})

test('before API 2022-11-15 the latest charge is the first of charges', () => {
  const old = { latest_charge: undefined, charges: { data: [{ id: 'py_2' }, { id: 'py_1' }] } }
  expect(attemptOf({ ...old, last_payment_error: { code: '' } })).toMatchObject({
    charge: { id: 'py_2', namedAs: 'latest' },
  })
})

test('an attempt that names no charge is known by its event', () => {
  const event = changed('payment_intent.payment_failed', {
    latest_charge: null,
    last_payment_error: null,
  })
  expect(keyOf(readEvent(event, context))).toBe(`payment:failed:${event.id}`)
  expect(attemptOf({ latest_charge: null, last_payment_error: null })?.charge).toBeNull()
})

test('the request that caused an event is read as every API version writes it', () => {
  expect(attemptOf({}, { request: { id: 'req_1' } })?.requestId).toBe('req_1')
  expect(attemptOf({}, { request: 'req_1' })?.requestId).toBe('req_1')
  expect(attemptOf({}, { request: { id: null } })?.requestId).toBeNull()
  expect(attemptOf({}, { request: null })?.requestId).toBeNull()
})

test('the amount of a success is what was received, not what was requested', () => {
  const success = (changes: object) =>
    readEvent(changed('payment_intent.succeeded', { amount: 5000, ...changes }), context)?.proof
  expect(success({ amount_received: 3000 })?.amountMinor).toBe(3000)
  expect(success({ amount_received: undefined })?.amountMinor).toBe(5000)
})

test.each(['pending', 'requires_action', 'failed', 'canceled', null])(
  'a refund that is %s is not counted',
  (status) => {
    expect(readEvent(changed('refund.created', { status }), context)).toBeUndefined()
    expect(readEvent(changed('refund.updated', { status }), context)).toBeUndefined()
  },
)

test.each([
  ['of another ledger', { countinghouse: 'other', plan: 'starter' }],
  ['of nobody', {}],
  ['with a plan that is not ours', { countinghouse: 'ledger01', plan: 'hacked' }],
  ['without a plan', { countinghouse: 'ledger01' }],
])('a Checkout Session %s is not counted', (_, metadata) => {
  expect(readEvent(changed('checkout.session.completed', { metadata }), context)).toBeUndefined()
})

test('a Checkout Session is counted at its creation and by its plan, whatever was paid', () => {
  const event = changed('checkout.session.expired', { amount_total: null, currency: null })
  expect(readEvent(event, context)).toMatchObject({
    counter: 'billing_checkout_started_total',
    label: 'professional',
    proof: { occurredAt: 1767226000_000, amountMinor: null, currency: null },
  })
})

test('an object that has not the shape it should have is an error, not a guess', () => {
  expect(() => readEvent(changed('payment_intent.succeeded', { id: 7 }), context)).toThrow()
})
