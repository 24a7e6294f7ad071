import { z } from 'zod'
import type { PageStart } from '../client/lists.ts'

/** Where a list continues, as stored in a job's progress. */
export const pageStartSchema = z.object({
  startingAfter: z.string(),
  createdToSeconds: z.int().nullable(),
})

export type KeptPageStart = z.infer<typeof pageStartSchema>

/** Null after the last page. */
export function keepPageStart(start: PageStart | undefined): KeptPageStart | null {
  if (start?.startingAfter === undefined) return null
  return {
    startingAfter: start.startingAfter,
    createdToSeconds: start.createdToSeconds ?? null,
  }
}

export function toPageStart(kept: KeptPageStart | null): PageStart | undefined {
  if (kept === null) return undefined
  return { startingAfter: kept.startingAfter, createdToSeconds: kept.createdToSeconds ?? undefined }
}
