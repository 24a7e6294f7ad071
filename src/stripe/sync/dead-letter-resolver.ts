import { readOpenIds, removeDeadLetter } from '../../ledger/dead-letters.ts'
import type { SyncContext } from './sync-context.ts'

/** Resolves open dead letters whose event or object a sync job could process. */
export interface DeadLetterResolver {
  /** The context for the job, whose own dead letters stay open. */
  readonly work: SyncContext
  /** Resolves the dead letters of events or objects that were processed; resolves after the commit. */
  resolve(ids: readonly (string | undefined)[]): Promise<void>
}

/** How many open dead letters a job reads; more are left to the next one. */
export const openCountMax = 10_000

export async function openDeadLetterResolver(given: SyncContext): Promise<DeadLetterResolver> {
  const { queries, ingest } = given
  const open = new Set(await readOpenIds(queries, openCountMax))
  const keepDeadLetter: typeof ingest.keepDeadLetter = async (letter) => {
    open.delete(letter.id)
    await ingest.keepDeadLetter(letter)
  }

  const resolveOne = async (id: string): Promise<void> => {
    open.delete(id)
    await resolveDeadLetter(given, id)
  }
  return {
    work: { ...given, ingest: { ...ingest, keepDeadLetter } },
    resolve: async (ids) => {
      for (const id of ids) if (id !== undefined && open.has(id)) await resolveOne(id)
    },
  }
}

/** Removes a dead letter that a sync job could process, and logs it; resolves after the commit. */
export async function resolveDeadLetter(
  { queries, log }: Pick<SyncContext, 'queries' | 'log'>,
  id: string,
): Promise<void> {
  await removeDeadLetter(queries, id)
  log.info({ id }, 'a dead letter is resolved: a sync job could process it now')
}
