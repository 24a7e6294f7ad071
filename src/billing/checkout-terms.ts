import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { Schema } from '../database/schema.ts'

/**
 * What this service chose for the first request with an Idempotency-Key: prices move and settings
 * change, and Stripe finds the session of a key again only by the same parameters. Nothing of what the
 * caller gave but the plan and the price is kept.
 */
const termsSchema = z.object({
  plan: z.string(),
  /** As the caller named it. */
  wantedPrice: z.string().nullable(),
  priceId: z.string(),
  /** That the price was found by; null for a price that the settings name by its id. */
  lookupKey: z.string().nullable().default(null),
  recurring: z.boolean(),
  metered: z.boolean(),
  /** Where people come back to, unless the caller names pages. */
  successUrl: z.string(),
  cancelUrl: z.string(),
  /** Grows when Stripe refused the price of the attempt before: each has a key of its own at Stripe. */
  attempt: z.int(),
})

export type CheckoutTerms = Readonly<z.infer<typeof termsSchema>>

export interface CheckoutTermsStore {
  find(key: string): Promise<CheckoutTerms | undefined>
  /** Keeps the terms of a key. Of several that meet the first stay; returns those that count. */
  keep(key: string, terms: CheckoutTerms): Promise<CheckoutTerms>
  /** Puts the next attempt in the place of the one before. Returns those that count. */
  replace(key: string, terms: CheckoutTerms): Promise<CheckoutTerms>
}

/** Stripe forgets a key after a day at the earliest: https://docs.stripe.com/api/idempotent_requests */
const keptMs = 48 * 3_600_000
const pruneEveryMs = 3_600_000

/** In the ledger, so that every replica and every restart sells on the same terms. */
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
      await queries
        .insertInto('checkout_terms')
        .values({
          key,
          attempt: terms.attempt,
          terms: JSON.stringify(terms),
          created_at: now(),
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      return (await find(key)) ?? terms
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
