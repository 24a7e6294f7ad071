import { AppError, type ErrorCode } from '../../errors.ts'
import type { ListedIngestContext } from '../facts/ingest-context.ts'

/** Temporary failures: the job is retried. Any other failure is caused by the object and would recur. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'stripe_unavailable',
  'not_committed',
  'overloaded',
  'database_unavailable',
  'ledger_mismatch',
  'ledger_fell',
])

interface Taken {
  readonly object: unknown
  /** The list or kind recorded in the dead letter. */
  readonly type: string
  readonly source: 'sweep' | 'reconcile'
  readonly ingest: Pick<ListedIngestContext, 'keepDeadLetter'>
}

/**
 * The result of `handle` for an object; undefined if the object itself makes it fail and becomes a dead
 * letter, so that the job continues. Rejects with temporary failures.
 */
export async function orDeadLetter<T>(
  { object, type, source, ingest }: Taken,
  handle: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await handle()
  } catch (cause) {
    if (cause instanceof AppError && passing.has(cause.code)) throw cause
    const reason = cause instanceof AppError ? cause.code : nameOf(cause)
    await ingest.keepDeadLetter({
      id: idOf(object),
      type,
      reason: `could not be read: ${reason}`,
      source,
    })
    return undefined
  }
}

/** An error message may contain data of the object; its name does not. */
function nameOf(cause: unknown): string {
  return cause instanceof Error ? cause.name : typeof cause
}

function idOf(object: unknown): string {
  if (typeof object !== 'object' || object === null || !('id' in object)) return 'unknown'
  return typeof object.id === 'string' && /^\w{1,200}$/.test(object.id) ? object.id : 'unknown'
}
