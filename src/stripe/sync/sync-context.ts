import type { Kysely } from 'kysely'
import type { Schema } from '../../database/schema.ts'
import type { Logger } from '../../log.ts'
import type { StripeLists } from '../client/lists.ts'
import type { IngestContext } from '../facts/ingest.ts'
import type { SyncState } from './sync-state.ts'

/** What a sweep and a reconcile work with. */
export interface SyncContext extends IngestContext {
  readonly lists: StripeLists
  readonly queries: Kysely<Schema>
  readonly syncState: SyncState
  /** Milliseconds. */
  readonly genesis: number
  readonly now: () => number
  readonly log: Pick<Logger, 'info' | 'warn'>
}
