import type { Kysely } from 'kysely'
import type { Schema } from '../../database/schema.ts'
import { twinOf } from '../../ledger/record/failed-attempt.ts'
import type { StripeFact } from '../facts/stripe-fact.ts'

/** Those of a few hundred facts whose key is not in the ledger. */
export async function findMissing(
  queries: Kysely<Schema>,
  facts: readonly StripeFact[],
): Promise<readonly StripeFact[]> {
  if (facts.length === 0) return []
  const rows = await queries
    .selectFrom('facts')
    .select('key')
    .where(
      'key',
      'in',
      facts.map(({ proof }) => proof.key),
    )
    .execute()
  const known = new Set(rows.map(({ key }) => key))
  const attempts = await findKnownAttempts(queries, facts)
  return facts.filter(({ proof }) => !known.has(proof.key) && !attempts.has(proof.evidence))
}

/** The events of failed attempts that are in the ledger, under any key. */
async function findKnownAttempts(
  queries: Kysely<Schema>,
  facts: readonly StripeFact[],
): Promise<ReadonlySet<string>> {
  const attempts = facts.flatMap(({ proof: { attempt } }) =>
    attempt === undefined ? [] : [attempt],
  )
  if (attempts.length === 0) return new Set()
  const rows = await queries
    .selectFrom('failed_attempts')
    .select(['event_id', 'twin'])
    .where(({ or, eb }) =>
      or([
        eb(
          'event_id',
          'in',
          attempts.map(({ eventId }) => eventId),
        ),
        eb('twin', 'in', attempts.map(twinOf)),
      ]),
    )
    .execute()
  const seen = new Set(rows.flatMap((row) => [row.event_id, row.twin]))
  return new Set(
    attempts
      .filter((attempt) => seen.has(attempt.eventId) || seen.has(twinOf(attempt)))
      .map(({ eventId }) => eventId),
  )
}

export interface LedgerSlice {
  readonly counter: string
  readonly label: string
  /** Facts that happened since this instant, in milliseconds. */
  readonly since: number
}

const rowCountMax = 500
/** How far our clock, which dates the recording, may lag behind Stripe's. */
const clockDifferenceMsMax = 3_600_000

/** The keys of a series' facts in the order they were recorded, a few hundred at a time. */
export async function* readKeys(
  queries: Kysely<Schema>,
  { counter, label, since }: LedgerSlice,
): AsyncGenerator<readonly string[]> {
  let after = { key: '', recorded_at: since - clockDifferenceMsMax }
  for (;;) {
    const { key, recorded_at } = after
    const rows = await queries
      .selectFrom('facts')
      .select(['key', 'recorded_at', 'occurred_at'])
      .where('counter', '=', counter)
      .where('label', '=', label)
      .where('recorded_at', '>=', recorded_at)
      .where(({ or, eb }) => or([eb('recorded_at', '>', recorded_at), eb('key', '>', key)]))
      .orderBy('recorded_at')
      .orderBy('key')
      .limit(rowCountMax)
      .execute()
    yield rows.filter((row) => row.occurred_at >= since).map((row) => row.key)
    if (rows.length < rowCountMax) return
    after = rows.at(-1) ?? after
  }
}
