import { AppError } from '../../errors.ts'

/** Runs one short reading; rejects with `overloaded` when too many wait. */
export type ReadInTurn = <Result>(read: () => Promise<Result>) => Promise<Result>

const waitingMaxDefault = 64

/** On SQLite a reading takes a quarter to half of this: the loop is free for most of the time. */
const restMs = 1

/**
 * Lets readings of the ledger go one by one with a rest after each, however many callers there are:
 * on SQLite a reading holds up the event loop while it lasts, and webhooks come first.
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
