import type { Kysely, Transaction } from 'kysely'
import { createLedgerTime, type LedgerTime } from '../../database/clock.ts'
import type { Engine } from '../../database/engine.ts'
import type { LedgerDatabase } from '../../database/open.ts'
import type { Schema } from '../../database/schema.ts'
import { AppError } from '../../errors.ts'
import { createDeadLetters, type DeadLetters } from '../dead-letters.ts'
import type { Fact, Recorded, Total } from '../fact.ts'
import type { LedgerIdentity } from '../identity.ts'
import { createHasFact } from '../read/has-fact.ts'
import { readTotals } from '../read/totals.ts'
import { createBatchQueue, toFailure } from './batch-queue.ts'
import { createCommitEngine } from './create-engine.ts'
import type { CommitEngine, CommitOutcome } from './engine.ts'
import { createWriteProbe } from './write-probe.ts'

/** A change that must be committed together with a fact, in the same transaction. */
export type Alongside = (transaction: Transaction<Schema>) => Promise<void>

/** The single handle for reading and writing an open ledger. */
export interface Ledger {
  readonly identity: LedgerIdentity
  readonly engine: Engine
  /** For all queries except recording facts. */
  readonly queries: Kysely<Schema>
  /** The clock that all processes of the ledger share. */
  readonly time: LedgerTime
  readonly deadLetters: DeadLetters
  /**
   * Commits a fact; resolves after the commit. With `alongside`, the fact is committed outside a batch
   * together with that change, which is made whether or not the fact was new. Rejects with `overloaded`,
   * `not_committed`, or `unrecordable` if the fact itself can never be stored.
   */
  record(fact: Fact, alongside?: Alongside): Promise<Recorded>
  /** Whether there is a fact with this key, with the same durability as one recorded now. */
  hasFact(key: string): Promise<boolean>
  /** Reads the committed totals. */
  readTotals(): Promise<readonly Total[]>
  /** Resolves if a write succeeded less than 2 s ago, making one if necessary. Rejects with `not_ready`. */
  requireWritable(): Promise<void>
  /** Resolves when nothing waits for a commit. */
  idle(): Promise<void>
}

export interface LedgerOptions {
  readonly database: LedgerDatabase
  /** Which rows of each total this process adds to, on PostgreSQL: as many batches are committed at the same time. */
  readonly shards: readonly [number, ...number[]]
  readonly identity: LedgerIdentity
  readonly now: () => number
  /** Called after each commit with new facts, with the changed totals if the engine knows them. */
  readonly onCommitted: (totals: readonly Total[]) => void
  /** Must resolve before the first fact is recorded; if it rejects, the next fact tries again. */
  readonly beforeFirst?: () => Promise<void>
  /** Maximum number of facts waiting for a commit. */
  readonly pendingMax?: number
  /** Maximum number of facts in one commit. */
  readonly batchMax?: number
}

const batchMaxDefault = 512
const pendingMaxDefault = 10_000
const attemptsMax = 5

/** The ledger of an open database whose identity has been read. */
export function createLedger(options: LedgerOptions): Ledger {
  const { database, identity, now } = options
  const { queries } = database
  const engine = createCommitEngine(database, options.shards, identity.ledgerId)
  const probe = createWriteProbe(queries, identity.ledgerId, () => performance.now())
  const commitAgain = createRetry(engine, (totals) => {
    probe.noteCommit()
    options.onCommitted(totals)
  })

  const queue = createBatchQueue({
    isRefusal: engine.isRefusal,
    canNeverStore: engine.canNeverStore,
    batchMax: options.batchMax ?? batchMaxDefault,
    pendingMax: options.pendingMax ?? pendingMaxDefault,
    laneCount: engine.laneCount,
    commit: async (facts, lane) =>
      (await commitAgain(() => engine.commit(facts, now(), lane))).isNew,
  })

  const recordAlone = async (facts: readonly Fact[], alongside: Alongside): Promise<boolean> => {
    const commit = () =>
      queries.transaction().execute(async (transaction) => {
        await alongside(transaction)
        return engine.write(transaction, facts, now())
      })
    try {
      return (await commitAgain(commit)).isNew[0] === true
    } catch (cause) {
      if (cause instanceof AppError) throw cause
      throw toFailure(cause, engine.canNeverStore)
    }
  }

  const prepare = doOnce(options.beforeFirst)

  return {
    identity,
    engine: database.engine,
    queries,
    time: createLedgerTime(database, now),
    deadLetters: createDeadLetters({ queries, mode: identity.mode, now }),
    record: async (fact, alongside) => {
      if (!(await counts(fact, identity))) {
        if (alongside !== undefined) await recordAlone([], alongside)
        return 'before_genesis'
      }
      const preparation = prepare()
      if (preparation !== undefined) await preparation
      const isNew = await (alongside === undefined
        ? queue.record(fact)
        : recordAlone([fact], alongside))
      return isNew ? 'new' : 'duplicate'
    },
    hasFact: createHasFact(database),
    readTotals: () => readTotals(queries),
    requireWritable: probe.requireWritable,
    idle: () => queue.idle(),
  }
}

/** Commits, retrying after serialization failures, and reports the totals that moved. */
function createRetry(engine: CommitEngine, onCommitted: LedgerOptions['onCommitted']) {
  const commitAgain = async (
    commit: () => Promise<CommitOutcome>,
    attempt = 1,
  ): Promise<CommitOutcome> => {
    try {
      const outcome = await commit()
      if (outcome.isNew.includes(true)) onCommitted(outcome.totals)
      return outcome
    } catch (cause) {
      if (attempt >= attemptsMax || !engine.isRetryable(cause)) throw cause
      return commitAgain(commit, attempt + 1)
    }
  }
  return commitAgain
}

/** Whether the ledger counts the fact. Rejects while the genesis is unknown. */
async function counts({ objectCreatedAt }: Fact, { genesis }: LedgerIdentity): Promise<boolean> {
  return (
    objectCreatedAt === null || objectCreatedAt >= (genesis.known() ?? (await genesis.require()))
  )
}

/** Runs the work until it succeeds once. The returned function rejects with `not_committed`. */
function doOnce(work: LedgerOptions['beforeFirst']): () => Promise<void> | undefined {
  let isDone = work === undefined
  let underWay: Promise<void> | undefined
  const run = async (): Promise<void> => {
    try {
      await work?.()
      isDone = true
    } catch (cause) {
      throw toFailure(cause, () => false)
    } finally {
      underWay = undefined
    }
  }
  return () => {
    if (isDone) return undefined
    underWay ??= run()
    return underWay
  }
}
