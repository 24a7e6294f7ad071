import { type Kysely, sql } from 'kysely'

/** Lists the posts of all campaigns by state, newest first, at a cost that does not grow with the table. */
export const postsByState = {
  up: async (database: Kysely<unknown>): Promise<void> => {
    await sql`create index posts_by_state on posts (state, scheduled_at, id)`.execute(database)
  },
}
