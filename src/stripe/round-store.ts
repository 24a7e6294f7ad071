import type { Kysely } from 'kysely'
import type { Schema } from '../database/schema.ts'

/** What the ledger remembers of a kind of round. */
export interface RoundState {
  /** Milliseconds by Stripe's clock, or our own for a notice; null where it means nothing. */
  readonly position: number | null
  readonly succeededAt: number | null
  /** JSON. */
  readonly report: string | null
}

export type RoundName = 'sweep' | 'reconcile' | 'lost_events' | 'webhook'

export interface RoundStore {
  read(name: RoundName): Promise<RoundState | undefined>
  /** Resolves after the commit. A position never goes back, whoever else saves one. */
  save(name: RoundName, state: RoundState): Promise<void>
}

/** Keeps the rounds in the ledger's database. */
export const createRoundStore = (queries: Kysely<Schema>): RoundStore => ({
  read: async (name) => {
    const row = await queries
      .selectFrom('rounds')
      .selectAll()
      .where('name', '=', name)
      .executeTakeFirst()
    if (row === undefined) return undefined
    return { position: row.position, succeededAt: row.succeeded_at, report: row.report }
  },
  save: async (name, { position, succeededAt, report }) => {
    await queries
      .insertInto('rounds')
      .values({ name, position, succeeded_at: succeededAt, report })
      .onConflict((conflict) =>
        conflict.column('name').doUpdateSet((update) => ({
          position: update
            .case()
            .when('rounds.position', '>', update.ref('excluded.position'))
            .then(update.ref('rounds.position'))
            .else(update.ref('excluded.position'))
            .end(),
          succeeded_at: update.ref('excluded.succeeded_at'),
          report: update.ref('excluded.report'),
        })),
      )
      .execute()
  },
})
