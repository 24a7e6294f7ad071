import type { DeadLetter, DeadLetters } from '../../ledger/dead-letters.ts'
import type { ListName, StripeLists } from '../client/lists.ts'
import { type Ingested, ingestEvent, toRetry } from './ingest.ts'
import type { IngestContext } from './ingest-context.ts'
import { objectReaders } from './object-registry.ts'
import { readListed, recordListed } from './read-listed.ts'

/** The outcome of a replay. */
export type Replayed =
  | Exclude<Ingested, 'unreadable'>
  /** It still cannot be processed: it stays, with the new reason. */
  | 'dead_letter'
  /** Stripe no longer has it, or it has no id to retrieve it by: it stays. */
  | 'not_found_at_stripe'

export interface ReplayParts {
  readonly deadLetters: Pick<DeadLetters, 'remove'>
  readonly lists: Pick<StripeLists, 'retrieveEvent' | 'retrieveObject'>
  readonly ingest: IngestContext
}

/**
 * Retrieves the event or object of a dead letter from Stripe again and records it in the usual way.
 * Resolves after the commit; it is removed unless it still cannot be processed. Rejects with the error of Stripe or the
 * ledger if that is not possible now.
 */
export async function replayDeadLetter(
  letter: DeadLetter,
  { deadLetters, lists, ingest }: ReplayParts,
): Promise<Replayed> {
  try {
    const outcome = await ingestAgain(letter, lists, ingest)
    if (outcome === 'unreadable') return 'dead_letter'
    if (outcome !== undefined) await deadLetters.remove(letter.id)
    return outcome ?? 'not_found_at_stripe'
  } catch (cause) {
    throw toRetry(cause)
  }
}

async function ingestAgain(
  { id, type }: DeadLetter,
  lists: ReplayParts['lists'],
  ingest: IngestContext,
): Promise<Ingested | undefined> {
  if (!/^[\w-]{1,200}$/.test(id) || id === 'unknown') return undefined
  const reader = objectReaders.find(({ list }) => list === type)
  const found = await (reader === undefined
    ? lists.retrieveEvent(id)
    : lists.retrieveObject(reader.list satisfies ListName, id))
  if (found === undefined) return undefined
  if (reader === undefined) return ingestEvent(found, 'operator', ingest, () => id)
  let isUnreadable = false
  const keepDeadLetter: IngestContext['keepDeadLetter'] = async (letter) => {
    isUnreadable = true
    await ingest.keepDeadLetter(letter)
  }
  const fact = await readListed(found, reader, 'operator', { ...ingest, keepDeadLetter })
  if (isUnreadable) return 'unreadable'
  return fact === undefined ? 'not_counted' : recordListed(ingest, fact)
}
