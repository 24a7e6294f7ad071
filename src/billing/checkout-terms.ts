import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { Schema } from '../database/schema.ts'

/**
 * What this service chose for the first request with an Idempotency-Key: prices and settings may change,
 * and Stripe returns a key's session only for the same parameters. Of the caller's input, only the plan and
 * the price are stored.
 */
const termsSchema = z.object({
  plan: z.string(),
  /** As named by the caller. */
  wantedPrice: z.string().nullable(),
  priceId: z.string(),
  /** The lookup key of the price; null for a price that the settings name by id. */
  lookupKey: z.string().nullable().default(null),
  recurring: z.boolean(),
  metered: z.boolean(),
  /** Where customers return to, unless the caller names pages. */
  successUrl: z.string(),
  cancelUrl: z.string(),
  /** Incremented when Stripe rejected the previous attempt's price: each attempt has its own key at Stripe. */
  attempt: z.int(),
})

export type CheckoutTerms = Readonly<z.infer<typeof termsSchema>>

export interface CheckoutTermsStore {
  find(key: string): Promise<CheckoutTerms | undefined>
  /** Stores the terms of a key unless it has some already; returns the stored ones. */
  keep(key: string, terms: CheckoutTerms): Promise<CheckoutTerms>
  /** Replaces the previous attempt with the next one; returns the stored terms. */
  replace(key: string, terms: CheckoutTerms): Promise<CheckoutTerms>
}

/** Stripe keeps a key for at least a day: https://docs.stripe.com/api/idempotent_requests */
const keptMs = 48 * 3_600_000
const pruneEveryMs = 3_600_000

/** Stored in the ledger, so that replicas and restarts sell on the same terms. */
export function createCheckoutTermsStore(
  queries: Kysely<Schema>,
  now: () => number,
): CheckoutTermsStore {
  let prunedAt = 0

  const prune = async (): Promise<void> => {
    if (now() - prunedAt < pruneEveryMs) return
    prunedAt = now()
    const before = prunedAt - keptMs
    await queries.deleteFrom('checkout_terms').where('created_at', '<', before).execute()
  }

  const find = async (key: string): Promise<CheckoutTerms | undefined> => {
    const row = await queries
      .selectFrom('checkout_terms')
      .select('terms')
      .where('key', '=', key)
      .executeTakeFirst()
    return row === undefined ? undefined : termsSchema.parse(JSON.parse(row.terms))
  }

  return {
    find,
    keep: async (key, terms) => {
      await prune()
      const stored = await queries
        .insertInto('checkout_terms')
        .values({
          key,
          attempt: terms.attempt,
          terms: JSON.stringify(terms),
          created_at: now(),
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst()
      return stored.numInsertedOrUpdatedRows === 1n ? terms : ((await find(key)) ?? terms)
    },
    replace: async (key, terms) => {
      await queries
        .updateTable('checkout_terms')
        .set({ attempt: terms.attempt, terms: JSON.stringify(terms) })
        .where('key', '=', key)
        .where('attempt', '<', terms.attempt)
        .execute()
      return (await find(key)) ?? terms
    },
  }
}
