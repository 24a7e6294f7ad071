import { type Kysely, sql } from 'kysely'
import type { Clock } from '../../database/clock.ts'
import type { Schema } from '../../database/schema.ts'

/** The stored state of a kind of job. */
export interface SyncJobState {
  /** Milliseconds by Stripe's clock; null where it does not apply. */
  readonly position: number | null
  /** By the ledger's clock; null before the first time, and if that clock was set back to before it. */
  readonly succeededAt: number | null
  /** JSON. */
  readonly report: string | null
  /** The progress of a running or interrupted job. JSON; null if it starts over. */
  readonly progress: string | null
  /** When this was read, by the ledger's clock. */
  readonly readAt: number
}

interface JobSuccess extends Pick<SyncJobState, 'position' | 'report'> {
  readonly progress?: string
}

export type SyncJobName = 'sweep' | 'reconcile' | 'webhook'

export interface SyncState {
  read(name: SyncJobName): Promise<SyncJobState | undefined>
  /** Stores that a job succeeded now; resolves after the commit. Without `progress` the next run starts over. */
  succeed(name: SyncJobName, found: JobSuccess): Promise<void>
  /** Stores the progress of a job; resolves after the commit. */
  saveProgress(name: SyncJobName, progress: string): Promise<void>
  /** Stores that Stripe failed to generate events; resolves after the commit. */
  noteLostEvents(eventId: string): Promise<void>
  /** The number of the last such notice, until a wide reconcile has covered it. */
  pendingNotice(): Promise<number | undefined>
  /** Clears this notice after a wide reconcile that began after it. A later notice stays. */
  acknowledgeNotice(notice: number): Promise<void>
}

const notices = 'lost_events'

/** Stores the jobs' state in the ledger's database. */
export function createSyncState(queries: Kysely<Schema>, clock: Clock): SyncState {
  return { ...createJobStates(queries, clock), ...createNotices(queries, clock) }
}

function createJobStates(
  queries: Kysely<Schema>,
  clock: Clock,
): Pick<SyncState, 'read' | 'succeed' | 'saveProgress'> {
  return {
    read: async (name) => {
      const row = await queries
        .selectFrom('sync_state')
        .selectAll()
        .select(clock().as('read_at'))
        .where('name', '=', name)
        .executeTakeFirst()
      if (row === undefined) return undefined
      const { position, succeeded_at: savedAt, report, progress, read_at: readAt } = row
      const succeededAt = savedAt === null || savedAt > readAt ? null : savedAt
      return { position, succeededAt, report, progress, readAt }
    },
    succeed: async (name, { position, report, progress = null }) => {
      await queries
        .insertInto('sync_state')
        .values({ name, position, succeeded_at: clock(), report, progress })
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet((update) => ({
            position: update.ref('excluded.position'),
            succeeded_at: update.ref('excluded.succeeded_at'),
            report: update.ref('excluded.report'),
            progress: update.ref('excluded.progress'),
          })),
        )
        .execute()
    },
    saveProgress: async (name, progress) => {
      await queries
        .insertInto('sync_state')
        .values({ name, position: null, succeeded_at: null, report: null, progress })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ progress }))
        .execute()
    },
  }
}

function createNotices(
  queries: Kysely<Schema>,
  clock: Clock,
): Pick<SyncState, 'noteLostEvents' | 'pendingNotice' | 'acknowledgeNotice'> {
  return {
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
