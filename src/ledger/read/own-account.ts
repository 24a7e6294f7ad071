import type { Kysely } from 'kysely'
import type { Schema } from '../../database/schema.ts'

/** The Stripe account that the ledger belongs to; null until a replica learns it. */
export function createReadAccount(queries: Kysely<Schema>): () => Promise<string | null> {
  let known: string | null = null
  return async () => {
    known ??=
      (await queries.selectFrom('ledger').select('account').executeTakeFirst())?.account ?? null
    return known
  }
}
