import type { Transaction } from 'kysely'
import type { LedgerDatabase } from '../database/open.ts'
import type { Schema } from '../database/schema.ts'
import { AppError } from '../errors.ts'
import { type Fact, type Recorded, type Total, toCounterName } from './fact.ts'
import type { LedgerIdentity } from './identity.ts'
import { createRecordQueue } from './record-queue.ts'
import { isRefusal } from './refusal.ts'
import { createSqliteCommit } from './sqlite-commit.ts'

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
  /** Every plan that has a total, also those that are no longer for sale. */
  readPlans(): Promise<readonly string[]>
  /** Resolves when nothing waits for a commit. */
  idle(): Promise<void>
}

export interface LedgerOptions {
  readonly database: LedgerDatabase
  readonly identity: LedgerIdentity
  readonly now: () => number
  /** Called after each commit with the totals that moved. */
  readonly onCommitted: (totals: readonly Total[]) => void
  /** How many facts may wait for a commit. */
  readonly pendingMax?: number
  /** How many facts may share a commit. */
  readonly batchMax?: number
}

const batchMaxDefault = 512
const pendingMaxDefault = 10_000

export const createLedger = (options: LedgerOptions): Ledger => {
  const { database, identity, now, onCommitted } = options
  const { queries } = database
  if (database.engine === 'postgres') throw new Error('not yet')
  const { raw } = database
  const hot = createSqliteCommit(raw)

  const queue = createRecordQueue({
    isRefusal,
    batchMax: options.batchMax ?? batchMaxDefault,
    pendingMax: options.pendingMax ?? pendingMaxDefault,
    commit: async (facts) => {
      const outcome = await queries.connection().execute(async () => hot.commit(facts, now()))
      onCommitted(outcome.totals)
      return outcome.isNew
    },
  })

  const recordAlone = async (facts: readonly Fact[], alongside: Alongside) => {
    const outcome = await queries
      .transaction()
      .execute(async (transaction) => {
        await alongside(transaction)
        return hot.write(facts, now())
      })
      .catch((cause: unknown) => {
        if (cause instanceof AppError) throw cause
        throw new AppError('not_committed', 'the ledger could not commit: send it again', { cause })
      })
    onCommitted(outcome.totals)
    return outcome.isNew[0] === true
  }

  const counts = (fact: Fact): boolean =>
    fact.objectCreatedAt === null || fact.objectCreatedAt >= identity.genesis

  const readTotals = async (): Promise<readonly Total[]> => {
    const rows = await queries
      .selectFrom('totals')
      .select((select) => ['counter', 'label', select.fn.sum<number>('total').as('total')])
      .groupBy(['counter', 'label'])
      .execute()
    return rows.map(({ counter, label, total }) => ({
      counter: toCounterName(counter),
      label,
      total: Number(total),
    }))
  }

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
    readTotals,
    readPlans: async () =>
      (await readTotals())
        .filter(({ counter }) => counter === 'billing_checkout_started_total')
        .map(({ label }) => label),
    idle: () => queue.idle(),
  }
}
