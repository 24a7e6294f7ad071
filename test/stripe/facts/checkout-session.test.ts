import { expect, test } from 'vitest'
import { readCheckoutSession } from '../../../src/stripe/facts/checkout-session.ts'

const created = 1_800_000_000
const metadata = { plan: 'starter', countinghouse: 'ledger01' }
const session = { id: 'cs_1', created, metadata }
/** A ledger that knows every plan, so that only the session decides. */
const context = { ledgerId: 'ledger01', source: 'sweep', hasPlan: () => true } as const

test('the start of a session happened when it was created, whoever reports it', () => {
  const at = { occurredAt: created * 1000, objectCreatedAt: created * 1000, source: 'sweep' }
  expect(readCheckoutSession(session, context)?.proof).toMatchObject({ ...at, evidence: 'cs_1' })
  expect(readCheckoutSession(session, context, 'evt_1')?.proof).toMatchObject({
    ...at,
    evidence: 'evt_1',
  })
})

test('a session that is free has the amount 0, not none', () => {
  const free = { ...session, amount_total: 0, currency: 'eur' }
  expect(readCheckoutSession(free, context)?.proof).toMatchObject({
    amountMinor: 0,
    currency: 'eur',
  })
})

test('a session without a plan, or of another ledger, is not counted whatever plans there are', () => {
  for (const changes of [{ countinghouse: 'ledger01' }, { ...metadata, countinghouse: 'ledger02' }])
    expect(readCheckoutSession({ ...session, metadata: changes }, context)).toBeUndefined()
})

test.each([
  ['id', { id: '' }],
  ['time', { created: -1 }],
  ['amount', { amount_total: 1.5 }],
  ['currency', { currency: '' }],
])('a session with an invalid %s is refused', (_, changes) => {
  expect(() => readCheckoutSession({ ...session, ...changes }, context)).toThrow()
})
