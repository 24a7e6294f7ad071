import type { Kysely } from 'kysely'
import { z } from 'zod'
import { isCounterName, isProvenByStripe, labelsOf } from '../../../instrumentation/counters.ts'
import type { Schema } from '../../database/schema.ts'
import type { FactSource } from '../../ledger/fact.ts'
import { parseFactKey } from '../../ledger/fact-key.ts'
import type { StripeFact } from '../facts/stripe-fact.ts'

/** A fact that Stripe shows and the ledger lacked when this was noticed. */
export interface DriftCandidate {
  readonly fact: StripeFact
  /** Milliseconds, by our own clock. */
  readonly noticedAt: number
}

/** What a reconcile noticed and has not recorded yet: kept, so that no page need be read again for it. */
export interface DriftCandidates {
  /** Resolves after the commit; one that is kept already stays as it is. */
  keep(candidates: readonly DriftCandidate[]): Promise<void>
  /** Those that were recorded, or came by themselves. */
  forget(facts: readonly StripeFact[]): Promise<void>
  /** All of them, the oldest first; undefined where they are of another version. */
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

/** The contract says which facts there are. */
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
