import { AppError } from '../../errors.ts'
import type { Fact } from '../fact.ts'

/** Commits facts in one transaction and returns, in order, whether each was new. No other commit has the lane. */
type CommitFacts = (facts: readonly Fact[], lane: number) => Promise<readonly boolean[]>

export interface BatchQueueOptions {
  readonly commit: CommitFacts
  /** Whether the database rejected the statement for its content, so that other statements may succeed. */
  readonly isRefusal: (cause: unknown) => boolean
  /** Whether it can never store the values, so that a retry is pointless. */
  readonly canNeverStore: (cause: unknown) => boolean
  readonly pendingMax: number
  readonly batchMax: number
  /** How many batches are committed at the same time. */
  readonly laneCount: number
}

const gatherTurnsMax = 8

interface Waiting {
  readonly fact: Fact
  readonly resolve: (isNew: boolean) => void
  readonly reject: (cause: unknown) => void
}

/**
 * Commits facts that arrive together in one batch, and those that arrive meanwhile in the next free lane.
 * `record` resolves after the commit with whether its fact was new. It rejects with `overloaded` when
 * `pendingMax` facts wait, with `unrecordable` if the fact itself can never be stored, and with
 * `not_committed` if the outcome is unknown.
 */
export function createBatchQueue(options: BatchQueueOptions) {
  const { pendingMax, batchMax, laneCount } = options
  const free = Array.from({ length: laneCount }, (_, lane) => lane)
  const underWay = new Set<Promise<void>>()
  let waiting: Waiting[] = []
  let isGathering = false

  const takeBatch = async (): Promise<readonly Waiting[]> => {
    isGathering = true
    await gather(() => waiting.length)
    isGathering = false
    const batch = waiting.slice(0, batchMax)
    waiting = waiting.slice(batchMax)
    return batch
  }

  const commitNext = async (lane: number): Promise<void> => {
    const batch = await takeBatch()
    advance()
    await commitBatch(options, batch, lane)
    free.push(lane)
  }

  const advance = (): void => {
    if (waiting.length === 0 || isGathering) return
    const lane = free.shift()
    if (lane === undefined) return
    const work = commitNext(lane).then(() => {
      underWay.delete(work)
      advance()
    })
    underWay.add(work)
  }

  return {
    record: (fact: Fact): Promise<boolean> =>
      new Promise((resolve, reject) => {
        if (waiting.length >= pendingMax) {
          reject(new AppError('overloaded', `${pendingMax} facts already wait for a commit: retry`))
          return
        }
        waiting.push({ fact, resolve, reject })
        advance()
      }),
    /** Resolves when everything submitted so far was committed or rejected. */
    idle: async (): Promise<void> => {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}

/** Yields to the event loop so that pending facts join the batch, for as long as each turn brings more. */
async function gather(waitingCount: () => number): Promise<void> {
  let before = 0
  for (let turn = 0; turn < gatherTurnsMax && waitingCount() > before; turn += 1) {
    before = waitingCount()
    await new Promise(setImmediate)
  }
}

async function commitBatch(
  options: BatchQueueOptions,
  batch: readonly Waiting[],
  lane: number,
): Promise<void> {
  const { commit, isRefusal, canNeverStore } = options
  const facts = batch.map((entry) => entry.fact)
  try {
    const isNew = await commit(facts, lane)
    batch.forEach((entry, index) => {
      entry.resolve(isNew[index] === true)
    })
  } catch (cause) {
    if (batch.length > 1 && isRefusal(cause))
      for (const entry of batch) await commitAlone(options, entry, lane)
    else for (const entry of batch) entry.reject(toFailure(cause, canNeverStore))
  }
}

async function commitAlone(
  { commit, canNeverStore }: BatchQueueOptions,
  entry: Waiting,
  lane: number,
): Promise<void> {
  try {
    const [isNew] = await commit([entry.fact], lane)
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
