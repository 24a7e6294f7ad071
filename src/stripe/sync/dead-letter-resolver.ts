import { readOpenIds, removeDeadLetter } from '../../ledger/dead-letters.ts'
import type { SyncContext } from './sync-context.ts'

/** Resolves the open dead letters of what a sync job can process now. */
export interface DeadLetterResolver {
  /** The job's context, through which it keeps its dead letters: those stay open. */
  readonly work: SyncContext
  /** These events or objects have been read, and recorded where they prove a fact; resolves after the commit. */
  resolve(ids: readonly (string | undefined)[]): Promise<void>
}

/** More are left to the next job. */
const openCountMax = 10_000

export async function openDeadLetterResolver(given: SyncContext): Promise<DeadLetterResolver> {
  const { queries, ingest, log } = given
  const open = new Set(await readOpenIds(queries, openCountMax))
  const keepDeadLetter: typeof ingest.keepDeadLetter = async (letter) => {
    open.delete(letter.id)
    await ingest.keepDeadLetter(letter)
  }

  const resolveOne = async (id: string): Promise<void> => {
    open.delete(id)
    await removeDeadLetter(queries, id)
    log.info({ id }, 'a dead letter is resolved: a sync job could process it now')
  }
  return {
    work: { ...given, ingest: { ...ingest, keepDeadLetter } },
    resolve: async (ids) => {
      for (const id of ids) if (id !== undefined && open.has(id)) await resolveOne(id)
    },
  }
}
