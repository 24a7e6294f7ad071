import { AppError } from '../../errors.ts'
import type { Fact } from '../fact.ts'

/** Commits facts in one transaction and returns, in order, whether each was new. */
type CommitFacts = (facts: readonly Fact[]) => Promise<readonly boolean[]>

export interface BatchQueueOptions {
  readonly commit: CommitFacts
  /** Whether the database rejected the statement for its content, so that other statements may succeed. */
  readonly isRefusal: (cause: unknown) => boolean
  /** Whether it can never store the values, so that a retry is pointless. */
  readonly canNeverStore: (cause: unknown) => boolean
  readonly pendingMax: number
  readonly batchMax: number
}

const gatherTurnsMax = 8

interface Waiting {
  readonly fact: Fact
  readonly resolve: (isNew: boolean) => void
  readonly reject: (cause: unknown) => void
}

/**
 * Commits facts that arrive together in one batch.
 * `record` resolves after the commit with whether its fact was new. It rejects with `overloaded` when
 * `pendingMax` facts wait, with `unrecordable` if the fact itself can never be stored, and with
 * `not_committed` if the outcome is unknown.
 */
export function createBatchQueue(options: BatchQueueOptions) {
  const { commit, isRefusal, canNeverStore, pendingMax, batchMax } = options
  let waiting: Waiting[] = []
  let draining: Promise<void> | undefined

  const commitBatch = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const isNew = await commit(batch.map((entry) => entry.fact))
      batch.forEach((entry, index) => {
        entry.resolve(isNew[index] === true)
      })
    } catch (cause) {
      if (batch.length > 1 && isRefusal(cause))
        for (const entry of batch) await commitAlone(options, entry)
      else for (const entry of batch) entry.reject(toFailure(cause, canNeverStore))
    }
  }

  /** Yields to the event loop so that pending facts join the batch, for as long as each turn brings more. */
  const gather = async (): Promise<void> => {
    let before = 0
    for (let turn = 0; turn < gatherTurnsMax && waiting.length > before; turn += 1) {
      before = waiting.length
      await new Promise(setImmediate)
    }
  }

  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      await gather()
      const batch = waiting.slice(0, batchMax)
      waiting = waiting.slice(batchMax)
      await commitBatch(batch)
    }
    draining = undefined
  }

  return {
    record: (fact: Fact): Promise<boolean> =>
      new Promise((resolve, reject) => {
        if (waiting.length >= pendingMax) {
          reject(new AppError('overloaded', `${pendingMax} facts already wait for a commit: retry`))
          return
        }
        waiting.push({ fact, resolve, reject })
        draining ??= drain()
      }),
    /** Resolves when everything submitted so far was committed or rejected. */
    idle: async (): Promise<void> => {
      while (draining !== undefined) await draining
    },
  }
}

async function commitAlone(
  { commit, canNeverStore }: BatchQueueOptions,
  entry: Waiting,
): Promise<void> {
  try {
    const [isNew] = await commit([entry.fact])
    entry.resolve(isNew === true)
  } catch (cause) {
    entry.reject(toFailure(cause, canNeverStore))
  }
}

/** The error of a failed commit, by whether a retry can succeed. */
export function toFailure(cause: unknown, canNeverStore: (cause: unknown) => boolean): AppError {
  return canNeverStore(cause)
    ? new AppError('unrecordable', 'the ledger cannot store this value', { cause })
    : new AppError('not_committed', 'the ledger could not commit: send it again', { cause })
}
