import type { Transaction } from 'kysely'
import type { Schema } from '../../database/schema.ts'
import type { Fact, Total } from '../fact.ts'

export interface CommitOutcome {
  /** For each fact, in order, whether it was new. */
  readonly isNew: readonly boolean[]
  /** The changed totals, as committed; empty if the engine does not know them without another query. */
  readonly totals: readonly Total[]
}

/** The ledger's one hot statement, optimised for each database. */
export interface CommitEngine {
  /** How many batches it commits at the same time, each in a lane of its own. */
  readonly laneCount: number
  /** Commits facts with their totals and hourly sums in a transaction of their own. */
  commit(facts: readonly Fact[], recordedAt: number, lane: number): Promise<CommitOutcome>
  /** The same within the caller's open transaction. */
  write(
    transaction: Transaction<Schema>,
    facts: readonly Fact[],
    recordedAt: number,
  ): Promise<CommitOutcome>
  /** Whether the database rejected a statement for its content, so that other statements may succeed. */
  isRefusal(cause: unknown): boolean
  /** Whether it rejected a value that it can never store, so that a retry is pointless. */
  canNeverStore(cause: unknown): boolean
  /** Whether nothing was committed and a retry may succeed: a deadlock or a lost race. */
  isRetryable(cause: unknown): boolean
}
