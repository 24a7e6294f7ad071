import type { Kysely } from 'kysely'
import type { Schema } from '../../database/schema.ts'

/** Tells whether the ledger has a fact of a key. */
export function createHasFact(queries: Kysely<Schema>): (key: string) => Promise<boolean> {
  return async (key) =>
    (await queries.selectFrom('facts').select('key').where('key', '=', key).executeTakeFirst()) !==
    undefined
}
