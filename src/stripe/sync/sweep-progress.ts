import { z } from 'zod'
import { pageStartSchema } from './page-start.ts'
import type { SyncJobState, SyncState } from './sync-state.ts'

/** A window of a list that is being read, newest first. Instants in milliseconds by Stripe's clock. */
const windowSchema = z.object({
  since: z.int(),
  /** The position of the list once the window is complete; null if no plausible date defines it. */
  to: z.int().nullable(),
  /** The types that were requested. */
  types: z.array(z.string()),
  next: pageStartSchema,
})

const listSchema = z.object({
  /** The instant up to which the list has been read; null before the first sweep. */
  position: z.int().nullable(),
  /** The interrupted window; null if the last one was read to its end. */
  window: windowSchema.nullable(),
  /** Why the list did not end as it should the last time it was read; null if it did. */
  fault: z.string().nullable(),
})

const progressSchema = z.object({ lists: z.record(z.string(), listSchema) })

export type SweepWindow = z.infer<typeof windowSchema>
export type ListProgress = z.infer<typeof listSchema>

export interface SweepProgress {
  of(list: string): ListProgress
  /** Resolves after the commit. */
  save(list: string, progress: ListProgress): Promise<void>
  /** All of it as JSON. */
  text(): string
}

/** The progress of each list; empty if another version stored it. */
export function readSweepProgress(
  state: Pick<SyncJobState, 'progress'> | undefined,
): Readonly<Record<string, ListProgress>> {
  if (state?.progress == null) return {}
  return progressSchema.safeParse(JSON.parse(state.progress)).data?.lists ?? {}
}

/** The progress of the sweep's lists; a new list begins where the last complete sweep ended. */
export async function openSweepProgress(syncState: SyncState): Promise<SweepProgress> {
  const state = await syncState.read('sweep')
  const lists = new Map(Object.entries(readSweepProgress(state)))
  const text = () => JSON.stringify({ lists: Object.fromEntries(lists) })
  return {
    of: (list) =>
      lists.get(list) ?? { position: state?.position ?? null, window: null, fault: null },
    save: async (list, progress) => {
      lists.set(list, progress)
      await syncState.saveProgress('sweep', text())
    },
    text,
  }
}
