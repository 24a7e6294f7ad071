import { type Kysely, sql } from 'kysely'
import { foreignLedger } from '../../database/foreign-ledger.ts'
import type { Schema } from '../../database/schema.ts'
import { AppError, messageOf } from '../../errors.ts'
import { withTimeout } from '../../time/with-timeout.ts'

export interface WriteProbe {
  /** Call this after each successful commit. */
  noteCommit(): void
  /**
   * Resolves if a write succeeded less than 2 s ago: a commit, or a write of one row made for this check.
   * Concurrent callers share the result, success or failure. Rejects with `not_ready`.
   */
  requireWritable(): Promise<void>
}

const validMs = 2_000

/** Checks by a write whether this ledger is writable. `monotonicNow` is in milliseconds. */
export function createWriteProbe(
  queries: Kysely<Schema>,
  ledgerId: string,
  monotonicNow: () => number,
): WriteProbe {
  let writtenAt = Number.NEGATIVE_INFINITY
  let failure: { readonly at: number; readonly reason: string } | undefined
  let writing: Promise<void> | undefined

  const noteCommit = (): void => {
    writtenAt = monotonicNow()
    failure = undefined
  }

  const write = async (): Promise<void> => {
    try {
      const { numUpdatedRows } = await queries
        .updateTable('ledger')
        .set({ checks: sql<number>`checks + 1` })
        .where('ledger_id', '=', ledgerId)
        .executeTakeFirstOrThrow()
      if (Number(numUpdatedRows) === 0) throw foreignLedger(ledgerId)
      noteCommit()
    } catch (cause) {
      failure = { at: monotonicNow(), reason: messageOf(cause) }
    }
  }

  const begin = (): Promise<void> => {
    writing ??= write().finally(() => {
      writing = undefined
    })
    return writing
  }

  const isRecent = (at: number): boolean => monotonicNow() - at < validMs

  return {
    noteCommit,
    requireWritable: async () => {
      if (isRecent(writtenAt)) return
      if (failure === undefined || !isRecent(failure.at)) {
        const isOver = await withTimeout(
          begin().then(() => true),
          validMs,
        )
        if (isOver === undefined) throw notReady('the database does not respond')
      }
      if (failure !== undefined) throw notReady(failure.reason)
    },
  }
}

function notReady(reason: string): AppError {
  return new AppError('not_ready', `nothing can be recorded now: ${reason}`)
}
