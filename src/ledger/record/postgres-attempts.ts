import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Schema } from '../../database/schema.ts'
import type { Fact } from '../fact.ts'
import { paymentKey } from '../fact-key.ts'
import { type ChargeSlot, type FailedAttempt, twinOf } from './failed-attempt.ts'

interface SlotClaim {
  readonly chargeId: string
  readonly slot: ChargeSlot
  readonly eventId: string
}

/**
 * The unknown attempts of a batch, one for each event and each pair of twins. Attempts that another replica
 * commits in the meantime are handled by the batch's own statement.
 */
export async function findNewAttempts(
  facts: readonly Fact[],
  executor: Kysely<Schema>,
): Promise<readonly FailedAttempt[]> {
  const attempts = facts.flatMap(({ attempt }) => (attempt === undefined ? [] : [attempt]))
  if (attempts.length === 0) return []
  const { rows } = await sql<{ event_id: string; twin: string }>`
    select event_id, twin from failed_attempts
    where event_id = any(${sql.val(attempts.map(({ eventId }) => eventId))}::text[])
    or twin = any(${sql.val(attempts.map(twinOf))}::text[])`.execute(executor)
  const seen = new Set(rows.flatMap((row) => [row.event_id, row.twin]))
  return attempts.filter((attempt) => {
    const twin = twinOf(attempt)
    if (seen.has(attempt.eventId) || seen.has(twin)) return false
    seen.add(attempt.eventId).add(twin)
    return true
  })
}

/**
 * The slots that a batch claims, each once: an upsert may not affect a row twice (SQLSTATE 21000).
 * Attempts that name a charge as `error` claim both slots and go first, so that one statement decides
 * what `claimKey` decides slot by slot. If `error` is taken, so is `latest`.
 */
function foldClaims(attempts: readonly FailedAttempt[]): readonly SlotClaim[] {
  const claims = new Map<string, SlotClaim>()
  const ask = ({ eventId, charge }: FailedAttempt, slot: ChargeSlot): void => {
    if (charge === null) return
    const name = `${charge.id} ${slot}`
    if (!claims.has(name)) claims.set(name, { chargeId: charge.id, slot, eventId })
  }
  for (const attempt of attempts) if (attempt.charge?.namedAs === 'error') ask(attempt, 'error')
  for (const attempt of attempts) if (attempt.charge?.namedAs === 'error') ask(attempt, 'latest')
  for (const attempt of attempts) ask(attempt, 'latest')
  return [...claims.values()]
}

/**
 * The rules of `claimKey` as common table expressions of the batch's one statement, alongside `here`,
 * which is empty if the database holds another ledger. `attempted` contains the attempts that count, with
 * their keys. `do nothing` would hide a claim that another replica commits at the same time; `do update`
 * waits for it and returns it.
 */
export function attemptedExpressions(attempts: readonly FailedAttempt[]): RawBuilder<unknown> {
  const claims = foldClaims(attempts)
  const ofAttempt = (read: (attempt: FailedAttempt) => unknown) => sql.val(attempts.map(read))
  const ofClaim = (read: (claim: SlotClaim) => unknown) => sql.val(claims.map(read))
  return sql`
    attempt as (
      select * from unnest(
        ${ofAttempt(({ eventId }) => eventId)}::text[],
        ${ofAttempt(({ paymentIntent }) => paymentIntent)}::text[],
        ${ofAttempt(({ requestId }) => requestId)}::text[],
        ${ofAttempt(({ createdSeconds }) => createdSeconds)}::bigint[],
        ${ofAttempt(({ charge }) => charge?.id ?? null)}::text[],
        ${ofAttempt(({ charge }) => charge?.namedAs ?? null)}::text[],
        ${ofAttempt(twinOf)}::text[],
        ${ofAttempt(({ eventId }) => paymentKey('failed', eventId))}::text[],
        ${ofAttempt(({ charge }) => (charge === null ? null : paymentKey('failed', charge.id)))}::text[]
      ) as attempt (event_id, payment_intent, request_id, created, charge_id, named_as, twin, event_key, charge_key)
      where exists (select from here)
    ), claimed as (
      insert into attempt_charges (charge_id, named_as, event_id)
      select * from unnest(
        ${ofClaim(({ chargeId }) => chargeId)}::text[],
        ${ofClaim(({ slot }) => slot)}::text[],
        ${ofClaim(({ eventId }) => eventId)}::text[]
      ) as claim (charge_id, named_as, event_id)
      where exists (select from here)
      order by charge_id, named_as
      on conflict (charge_id, named_as) do update set event_id = attempt_charges.event_id
      returning charge_id, named_as, event_id
    ), decided as (
      select attempt.*, case when holder.event_id = attempt.event_id then charge_key else event_key end as fact_key
      from attempt
      left join claimed own on own.charge_id = attempt.charge_id and own.named_as = 'error'
      left join claimed holder on holder.charge_id = attempt.charge_id and holder.named_as = 'latest'
      where attempt.named_as is distinct from 'error' or own.event_id = attempt.event_id
    ), attempted as (
      insert into failed_attempts (event_id, payment_intent, request_id, created, fact_key, twin)
      select event_id, payment_intent, request_id, created, fact_key, twin from decided order by event_id
      on conflict do nothing
      returning event_id, fact_key
    )`
}
