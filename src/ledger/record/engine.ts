import type { Transaction } from 'kysely'
import type { Schema } from '../../database/schema.ts'
import type { Fact, Total } from '../fact.ts'

export interface CommitOutcome {
  /** For each fact, in order, whether it was new. */
  readonly isNew: readonly boolean[]
  /** The totals that moved, as committed; empty where the engine does not know them without asking. */
  readonly totals: readonly Total[]
}

/** The ledger's one hot statement, as each database does it best. */
export interface CommitEngine {
  /** Commits facts with their totals and hourly sums in one transaction of their own. */
  commit(facts: readonly Fact[], recordedAt: number): Promise<CommitOutcome>
  /** The same as part of a transaction that the caller has open. */
  write(
    transaction: Transaction<Schema>,
    facts: readonly Fact[],
    recordedAt: number,
  ): Promise<CommitOutcome>
  /** Whether the database refused a statement for what it says, so that others need not fail. */
  isRefusal(cause: unknown): boolean
  /** Whether it refused them for a value that it can never store, whoever sends it again. */
  canNeverStore(cause: unknown): boolean
  /** Whether nothing was committed and the same again may succeed: a deadlock, a lost race. */
  isRetryable(cause: unknown): boolean
}
