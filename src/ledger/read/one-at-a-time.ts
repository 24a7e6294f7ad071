import { AppError } from '../../errors.ts'

/** Runs one short read; rejects with `overloaded` when too many wait. */
export type ReadInTurn = <Result>(read: () => Promise<Result>) => Promise<Result>

const waitingMaxDefault = 64

/** On SQLite a read takes a quarter to half of this: the event loop is free most of the time. */
const restMs = 1

/**
 * Runs reads of the ledger one at a time with a pause after each, however many callers there are: on
 * SQLite a read blocks the event loop, and webhooks have priority.
 */
export function createOneAtATime(waitingMax: number = waitingMaxDefault): ReadInTurn {
  let waiting = 0
  let last: Promise<void> = Promise.resolve()

  return async (read) => {
    if (waiting >= waitingMax)
      throw new AppError('overloaded', `${waitingMax} readings of the ledger already wait: retry`)
    waiting += 1
    const before = last
    const { promise: turn, resolve: endTurn } = Promise.withResolvers<void>()
    last = turn
    await before
    try {
      return await read()
    } finally {
      waiting -= 1
      setTimeout(endTurn, restMs)
    }
  }
}
