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
  /** The lost-events notice that this reconcile covers. */
  notice: z.int().nullable(),
  /** The list that is being read; earlier ones are done. Null when all are done. */
  list: z.string().nullable(),
  /** Where it continues; null at its beginning. */
  next: pageStartSchema.nullable(),
  /** Facts in each of Stripe's lists so far. */
  listed: z.record(z.string(), count),
  /** The lists that the key may not read, so far. */
  refused: refusedListsSchema,
  drift: driftSchema,
  /** Why a list did not end as it should, if that interrupted the reconcile. */
  fault: z.string().nullable(),
})

/** The progress of a reconcile. */
export type ReconcileProgress = z.infer<typeof progressSchema>

/** Undefined if none was interrupted, and for progress stored by another version. */
export function readReconcileProgress(
  state: Pick<SyncJobState, 'progress'> | undefined,
): ReconcileProgress | undefined {
  return state?.progress == null
    ? undefined
    : progressSchema.safeParse(JSON.parse(state.progress)).data
}
