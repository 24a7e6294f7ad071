import { createHash } from 'node:crypto'
import { messageOf } from '../../errors.ts'
import { readOpenIds } from '../../ledger/dead-letters.ts'
import type { Pacing } from '../client/pacing.ts'
import { withRateLimitRetry } from '../client/paginate.ts'
import { ingestEvent } from '../facts/ingest.ts'
import { openCountMax, resolveDeadLetter } from './dead-letter-resolver.ts'
import type { SyncContext } from './sync-context.ts'

/** At ten calls a second they take half a minute. */
const replayedMax = 100

/**
 * Replays a hundred open dead letters of events, others each time: a missing permission or balance transaction
 * may exist by now, and no list shows an event again. If Stripe or the ledger fails, the rest is left to the next
 * reconcile.
 */
export async function replayOpenEvents(work: SyncContext, pacing: Pacing): Promise<void> {
  const open = await readOpenIds(work.queries, openCountMax)
  const ids = open.filter((id) => /^evt_\w+$/.test(id))
  try {
    for (const id of inVaryingOrder(ids, work.now()).slice(0, replayedMax))
      await replay(id, work, pacing)
  } catch (cause) {
    pacing.signal.throwIfAborted()
    const reason = messageOf(cause)
    work.log.warn({ reason }, 'dead letters of events could not be replayed: they stay open')
  }
}

async function replay(id: string, work: SyncContext, pacing: Pacing): Promise<void> {
  const { lists, ingest } = work
  const event = await withRateLimitRetry(() => lists.retrieveEvent(id), pacing)
  if (event === undefined) return
  if ((await ingestEvent(event, 'reconcile', ingest, () => id)) === 'unreadable') return
  await resolveDeadLetter(work, id)
}

/** An order that differs from one reconcile to the next. */
function inVaryingOrder(ids: readonly string[], now: number): readonly string[] {
  return ids
    .map((id) => ({ id, at: createHash('sha256').update(`${now} ${id}`).digest('hex') }))
    .toSorted((one, other) => (one.at < other.at ? -1 : 1))
    .map(({ id }) => id)
}
