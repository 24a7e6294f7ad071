import type { PaymentStatus } from '../../instrumentation/counters.ts'
import type { FactRow } from '../../src/database/schema.ts'
import type { Fact } from '../../src/ledger/fact.ts'
import type { FailedAttempt } from '../../src/ledger/record/failed-attempt.ts'
import { genesis } from './open-test-ledger.ts'

/** A payment of 10.00 USD, made an hour after the ledger began. */
export function payment(
  id: string,
  status: PaymentStatus = 'success',
  changes: Partial<Fact> = {},
): Fact {
  return {
    key: `payment:${status}:${id}`,
    counter: 'billing_payments_total',
    label: status,
    occurredAt: genesis + 3_600_000,
    objectCreatedAt: genesis + 3_600_000,
    source: 'webhook',
    evidence: `evt_${id}`,
    amountMinor: 1000,
    currency: 'usd',
    ...changes,
  }
}

/** A failed attempt without a charge, as an event reports it. */
export function failedAttempt(id: string, changes: Partial<FailedAttempt> = {}): FailedAttempt {
  return {
    eventId: `evt_${id}`,
    paymentIntent: `pi_${id}`,
    requestId: `req_${id}`,
    createdSeconds: 1_800_000_000,
    charge: null,
    error: null,
    ...changes,
  }
}

/** A payment without an amount as the ledger returns it. */
export function factRow(key: string, recordedAt: number, changes: Partial<FactRow> = {}): FactRow {
  return {
    key,
    counter: 'billing_payments_total',
    label: 'success',
    occurred_at: recordedAt,
    recorded_at: recordedAt,
    source: 'webhook',
    evidence: 'evt_1',
    amount_minor: null,
    currency: null,
    ...changes,
  }
}
