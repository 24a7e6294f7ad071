import { AppError, type ErrorCode } from '../../errors.ts'
import type { ListedIngestContext } from '../facts/ingest-context.ts'

/** What passes: the job is tried again. Everything else is the object's own fault and would come again. */
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
  /** The list or kind that the dead letter names. */
  readonly type: string
  readonly source: 'sweep' | 'reconcile'
  readonly ingest: Pick<ListedIngestContext, 'keepDeadLetter'>
}

/**
 * What `take` makes of an object; undefined where it fails for what the object is, which becomes a dead
 * letter, so that the job goes on. Rejects with failures that pass.
 */
export async function orDeadLetter<T>(
  { object, type, source, ingest }: Taken,
  take: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await take()
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

/** A message may hold what the object holds; a name does not. */
function nameOf(cause: unknown): string {
  return cause instanceof Error ? cause.name : typeof cause
}

function idOf(object: unknown): string {
  if (typeof object !== 'object' || object === null || !('id' in object)) return 'unknown'
  return typeof object.id === 'string' && /^\w{1,200}$/.test(object.id) ? object.id : 'unknown'
}
