import type { DatabaseSync } from 'node:sqlite'
import type { Fact } from '../fact.ts'
import { type AttemptMemory, claimKey } from './failed-attempt.ts'

/**
 * Decides the keys of the failed attempts in a batch, within its transaction. Returns undefined for a
 * fact that is already counted.
 */
export function createSqliteAttempts(raw: DatabaseSync): (fact: Fact) => Fact | undefined {
  const find = raw.prepare('select 1 from failed_attempts where event_id = ? or twin = ?')
  const take = raw.prepare(`
    insert into attempt_charges (charge_id, named_as, event_id) values (?, ?, ?)
    on conflict (charge_id, named_as) do nothing`)
  const add = raw.prepare(`
    insert into failed_attempts (event_id, payment_intent, request_id, created, fact_key, twin)
    values (?, ?, ?, ?, ?, ?)`)

  const memory: AttemptMemory = {
    has: ({ eventId }, twin) => find.get(eventId, twin) !== undefined,
    takeSlot: (chargeId, slot, eventId) => take.run(chargeId, slot, eventId).changes === 1,
    remember: ({ eventId, paymentIntent, requestId, createdSeconds }, twin, factKey) => {
      add.run(eventId, paymentIntent, requestId, createdSeconds, factKey, twin)
    },
  }

  return (fact) => {
    if (fact.attempt === undefined) return fact
    const key = claimKey(fact.attempt, memory)
    return key === undefined ? undefined : { ...fact, key }
  }
}
