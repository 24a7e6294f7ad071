import type { Kysely } from 'kysely'
import type { Schema } from '../../database/schema.ts'
import type { Logger } from '../../log.ts'
import type { StripeLists } from '../client/lists.ts'
import type { StripeClock } from '../client/stripe-clock.ts'
import type { IngestContext } from '../facts/ingest-context.ts'
import type { SyncState } from './sync-state.ts'

/** What a sweep and a reconcile work with. */
export interface SyncContext {
  readonly ingest: IngestContext
  readonly lists: StripeLists
  readonly queries: Kysely<Schema>
  readonly syncState: SyncState
  /** When counting began, in milliseconds; rejects with `not_committed` while it is not known. */
  readonly readGenesis: () => Promise<number>
  readonly stripeClock: Pick<StripeClock, 'now' | 'believes'>
  /** Our own clock, in milliseconds. */
  readonly now: () => number
  readonly log: Pick<Logger, 'info' | 'warn'>
}
