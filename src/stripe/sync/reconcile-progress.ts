import { z } from 'zod'
import { pageStartSchema } from './page-start.ts'
import { driftSchema, refusedListsSchema } from './reconcile-report.ts'
import type { SyncJobState } from './sync-state.ts'

const count = z.int().nonnegative()

const progressSchema = z.object({
  /** Instants in milliseconds by Stripe's clock. */
  beganAt: z.int(),
  since: z.int(),
  isWide: z.boolean(),
  /** The notice of lost events that it answers. */
  notice: z.int().nullable(),
  /** The list that is being read; those before it have been. Null when all have. */
  list: z.string().nullable(),
  /** Where it goes on; null at its beginning. */
  next: pageStartSchema.nullable(),
  /** Facts in each of Stripe's lists so far. */
  listed: z.record(z.string(), count),
  /** The lists so far that the key may not read. */
  refused: refusedListsSchema,
  drift: driftSchema,
  /** Why a list did not end as it should, where one broke this off. */
  fault: z.string().nullable(),
})

/** How far a reconcile that is under way has come. */
export type ReconcileProgress = z.infer<typeof progressSchema>

/** Undefined where none broke off, and for a progress of another version. */
export function readReconcileProgress(
  state: Pick<SyncJobState, 'progress'> | undefined,
): ReconcileProgress | undefined {
  return state?.progress == null
    ? undefined
    : progressSchema.safeParse(JSON.parse(state.progress)).data
}
