import type { Kysely } from 'kysely'
import { z } from 'zod'
import { isCounterName, isProvenByStripe, labelsOf } from '../../../instrumentation/counters.ts'
import type { Schema } from '../../database/schema.ts'
import type { FactSource } from '../../ledger/fact.ts'
import { parseFactKey } from '../../ledger/fact-key.ts'
import type { StripeFact } from '../facts/stripe-fact.ts'

/** A fact that Stripe has and that was missing in the ledger when it was noticed. */
export interface DriftCandidate {
  readonly fact: StripeFact
  /** Milliseconds, by our own clock. */
  readonly noticedAt: number
}

/** Candidates that a reconcile noticed and has not recorded yet: stored, so that no page has to be read again. */
export interface DriftCandidates {
  /** Resolves after the commit; one that is already stored is unchanged. */
  keep(candidates: readonly DriftCandidate[]): Promise<void>
  /** Removes those that were recorded since, from whichever source. */
  forget(facts: readonly StripeFact[]): Promise<void>
  /** All of them, the oldest first; undefined if another version stored them. */
  read(): Promise<readonly DriftCandidate[] | undefined>
  clear(): Promise<void>
}

const keptSchema = z.strictObject({
  counter: z.string(),
  label: z.string(),
  proof: z.strictObject({
    key: z.string(),
    occurredAt: z.int(),
    objectCreatedAt: z.int().nullable(),
    source: z.custom<FactSource>((source) => source === 'reconcile'),
    evidence: z.string(),
    amountMinor: z.int().nullable(),
    currency: z.string().nullable(),
  }),
})

/** The counters' contract decides which facts exist. */
function isStripeFact(kept: z.infer<typeof keptSchema>): kept is StripeFact {
  const { counter, label, proof } = kept
  return (
    isCounterName(counter) &&
    isProvenByStripe(counter) &&
    labelsOf(counter, [label]).includes(label) &&
    parseFactKey(proof.key)?.counter === counter
  )
}

function toFact(text: string): StripeFact | undefined {
  const kept = keptSchema.safeParse(JSON.parse(text)).data
  return kept !== undefined && isStripeFact(kept) ? kept : undefined
}

export function createDriftCandidates(queries: Kysely<Schema>): DriftCandidates {
  return {
    keep: async (candidates) => {
      if (candidates.length === 0) return
      const rows = candidates.map(({ fact, noticedAt }) => ({
        key: fact.proof.key,
        fact: JSON.stringify(fact),
        noticed_at: noticedAt,
      }))
      await queries
        .insertInto('drift_candidates')
        .values(rows)
        .onConflict((conflict) => conflict.column('key').doNothing())
        .execute()
    },
    forget: async (facts) => {
      const keys = facts.map(({ proof }) => proof.key)
      await queries.deleteFrom('drift_candidates').where('key', 'in', keys).execute()
    },
    read: async () => {
      const rows = await queries
        .selectFrom('drift_candidates')
        .selectAll()
        .orderBy('noticed_at')
        .execute()
      const parsed = rows.map((row) => ({
        fact: toFact(row.fact),
        noticedAt: row.noticed_at,
      }))
      const read = parsed.flatMap(({ fact, noticedAt }) =>
        fact === undefined ? [] : [{ fact, noticedAt }],
      )
      return read.length === rows.length ? read : undefined
    },
    clear: async () => {
      await queries.deleteFrom('drift_candidates').execute()
    },
  }
}
