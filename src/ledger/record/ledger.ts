import type { Kysely, Transaction } from 'kysely'
import type { Schema } from '../../database/schema.ts'
import { AppError } from '../../errors.ts'
import type { Fact, Recorded, Total } from '../fact.ts'
import type { LedgerIdentity } from '../identity.ts'
import { readTotals } from '../read/totals.ts'
import { createBatchQueue } from './batch-queue.ts'
import type { CommitEngine, CommitOutcome } from './engine.ts'

/** What must change together with a fact, in the fact's own transaction. */
export type Alongside = (transaction: Transaction<Schema>) => Promise<void>

export interface Ledger {
  readonly identity: LedgerIdentity
  /**
   * Commits a fact; resolves after the commit. With `alongside` it commits alone with that change,
   * which happens whether or not the fact was new. Rejects with `overloaded` or `not_committed`.
   */
  record(fact: Fact, alongside?: Alongside): Promise<Recorded>
  /** The committed totals, read now. */
  readTotals(): Promise<readonly Total[]>
  /** Resolves when nothing waits for a commit. */
  idle(): Promise<void>
}

export interface LedgerOptions {
  readonly queries: Kysely<Schema>
  readonly engine: CommitEngine
  readonly identity: LedgerIdentity
  readonly now: () => number
  /** Called after each commit that had new facts, with the totals that moved as far as they are known. */
  readonly onCommitted: (totals: readonly Total[]) => void
  /** How many facts may wait for a commit. */
  readonly pendingMax?: number
  /** How many facts may share a commit. */
  readonly batchMax?: number
}

const batchMaxDefault = 512
const pendingMaxDefault = 10_000
const attemptsMax = 5

export function createLedger(options: LedgerOptions): Ledger {
  const { queries, engine, identity, now, onCommitted } = options

  const again = async (
    commit: () => Promise<CommitOutcome>,
    attempt = 1,
  ): Promise<CommitOutcome> => {
    try {
      const outcome = await commit()
      if (outcome.isNew.includes(true)) onCommitted(outcome.totals)
      return outcome
    } catch (cause) {
      if (attempt >= attemptsMax || !engine.isRetryable(cause)) throw cause
      return again(commit, attempt + 1)
    }
  }

  const queue = createBatchQueue({
    isRefusal: engine.isRefusal,
    batchMax: options.batchMax ?? batchMaxDefault,
    pendingMax: options.pendingMax ?? pendingMaxDefault,
    commit: async (facts) => (await again(() => engine.commit(facts, now()))).isNew,
  })

  const recordAlone = async (facts: readonly Fact[], alongside: Alongside): Promise<boolean> => {
    const commit = () =>
      queries.transaction().execute(async (transaction) => {
        await alongside(transaction)
        return engine.write(transaction, facts, now())
      })
    try {
      return (await again(commit)).isNew[0] === true
    } catch (cause) {
      if (cause instanceof AppError) throw cause
      throw new AppError('not_committed', 'the ledger could not commit: send it again', { cause })
    }
  }

  const counts = (fact: Fact): boolean =>
    fact.objectCreatedAt === null || fact.objectCreatedAt >= identity.genesis

  return {
    identity,
    record: async (fact, alongside) => {
      if (!counts(fact)) {
        if (alongside !== undefined) await recordAlone([], alongside)
        return 'before_genesis'
      }
      const isNew = await (alongside === undefined
        ? queue.record(fact)
        : recordAlone([fact], alongside))
      return isNew ? 'new' : 'duplicate'
    },
    readTotals: () => readTotals(queries),
    idle: () => queue.idle(),
  }
}
