import { type Kysely, sql } from 'kysely'
import type { Clock } from '../../database/clock.ts'
import type { Schema } from '../../database/schema.ts'

/** What the ledger remembers of a kind of round. */
export interface SyncJobState {
  /** Milliseconds by Stripe's clock; null where it means nothing. */
  readonly position: number | null
  /** By the ledger's clock; null before the first time, and where that clock was put back behind it. */
  readonly succeededAt: number | null
  /** JSON. */
  readonly report: string | null
  /** When this was read, by the ledger's clock. */
  readonly readAt: number
}

export type SyncJobName = 'sweep' | 'reconcile' | 'webhook'

export interface SyncState {
  read(name: SyncJobName): Promise<SyncJobState | undefined>
  /**
   * Says that a round succeeded now; resolves after the commit. A position never goes back, whoever
   * else saves one.
   */
  succeed(name: SyncJobName, found: Pick<SyncJobState, 'position' | 'report'>): Promise<void>
  /** Keeps that Stripe failed to generate events; resolves after the commit. */
  noteLostEvents(eventId: string): Promise<void>
  /** The number of the last such notice while no wide reconcile has answered it. */
  pendingNotice(): Promise<number | undefined>
  /** A wide reconcile that began after this notice has read the lists. A later notice stays. */
  acknowledgeNotice(notice: number): Promise<void>
}

const notices = 'lost_events'

/** Keeps the rounds in the ledger's database. */
export function createSyncState(queries: Kysely<Schema>, clock: Clock): SyncState {
  return {
    read: async (name) => {
      const row = await queries
        .selectFrom('sync_state')
        .selectAll()
        .select(clock().as('read_at'))
        .where('name', '=', name)
        .executeTakeFirst()
      if (row === undefined) return undefined
      const { position, succeeded_at: savedAt, report, read_at: readAt } = row
      const succeededAt = savedAt === null || savedAt > readAt ? null : savedAt
      return { position, succeededAt, report, readAt }
    },
    succeed: async (name, { position, report }) => {
      await queries
        .insertInto('sync_state')
        .values({ name, position, succeeded_at: clock(), report })
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet((update) => ({
            position: update
              .case()
              .when('sync_state.position', '>', update.ref('excluded.position'))
              .then(update.ref('sync_state.position'))
              .else(update.ref('excluded.position'))
              .end(),
            succeeded_at: update.ref('excluded.succeeded_at'),
            report: update.ref('excluded.report'),
          })),
        )
        .execute()
    },
    noteLostEvents: async (eventId) => {
      const report = JSON.stringify({ eventId })
      await queries
        .insertInto('sync_state')
        .values({ name: notices, position: 1, succeeded_at: null, report })
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet({
            position: sql<number>`coalesce(sync_state.position, 0) + 1`,
            succeeded_at: null,
            report,
          }),
        )
        .execute()
    },
    pendingNotice: async () => {
      const row = await queries
        .selectFrom('sync_state')
        .select('position')
        .where('name', '=', notices)
        .where('succeeded_at', 'is', null)
        .executeTakeFirst()
      return row?.position ?? undefined
    },
    acknowledgeNotice: async (notice) => {
      await queries
        .updateTable('sync_state')
        .set({ succeeded_at: clock() })
        .where('name', '=', notices)
        .where('position', '=', notice)
        .execute()
    },
  }
}
