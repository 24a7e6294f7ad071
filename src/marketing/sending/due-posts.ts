import type { Kysely } from 'kysely'
import type { LedgerTime } from '../../database/ledger-time.ts'
import type { Schema } from '../../database/schema.ts'

export type DuePosts = ReturnType<typeof createDuePosts>

/** What waits to be sent. */
export function createDuePosts(queries: Kysely<Schema>, time: LedgerTime) {
  return {
    /** The channels with a post that may be sent now. */
    channels: async (): Promise<readonly string[]> => {
      const rows = await queries
        .selectFrom('posts')
        .select('channel')
        .distinct()
        .where('state', '=', 'due')
        .where('not_before', '<=', time.now())
        .execute()
      return rows.map(({ channel }) => channel)
    },

    /** The first instant after `now` at which a waiting post may be sent. */
    nextNotBefore: async (now: number): Promise<number | null> => {
      const row = await queries
        .selectFrom('posts')
        .select((select) => select.fn.min('not_before').as('instant'))
        .where('state', '=', 'due')
        .where('not_before', '>', now)
        .executeTakeFirstOrThrow()
      return row.instant
    },
  }
}
