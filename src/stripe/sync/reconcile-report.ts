import { z } from 'zod'
import type { SyncJobState } from './sync-state.ts'

const count = z.int().nonnegative()

/** What was missing, by series, with some of the keys. */
export const driftSchema = z.object({
  count,
  series: z.record(z.string(), count),
  keys: z.array(z.string()),
})

const orphansSchema = z.object({
  /** Facts whose object Stripe does not have. */
  absent: count,
  /** Facts whose object no longer agrees, such as a refund that failed after it had succeeded. */
  changed: count,
  /** Facts that were not looked up: too many, refused by Stripe, or with an unreadable response. */
  notLookedUp: count,
  keys: z.array(z.string()),
})

/** A list that the key may not read. */
const refusedListSchema = z.object({
  /** The permission that the key lacks. */
  permission: z.string(),
  /** From when the list has to be read once the key may read it, in milliseconds. */
  since: z.int(),
  /** The start of the first reconcile that could not read it. */
  refusedSince: z.int(),
})

/** By the name of the list. */
export const refusedListsSchema = z.record(z.string(), refusedListSchema).default({})

const reportSchema = z.object({
  /** Instants in milliseconds by Stripe's clock, if it is known. */
  beganAt: z.int(),
  wideBeganAt: z.int().nullable(),
  since: z.int(),
  isWide: z.boolean(),
  /** Facts in each of Stripe's lists. */
  listed: z.record(z.string(), count),
  refused: refusedListsSchema,
  drift: driftSchema,
  /** What the last wide reconcile found; null before the first. */
  orphans: orphansSchema.nullable(),
  /** When the reconcile began that found them; null where none has looked for any. */
  orphansBeganAt: z.int().nullable().default(null),
})

/** The result of a reconcile, as stored in the ledger. */
export type ReconcileReport = Readonly<z.infer<typeof reportSchema>>
export type Drift = z.infer<typeof driftSchema>
export type RefusedLists = z.infer<typeof refusedListsSchema>
export type Orphans = z.infer<typeof orphansSchema>

/** Undefined before the first reconcile, and for a report stored by another version. */
export function readReconcileReport(
  state: Pick<SyncJobState, 'report'> | undefined,
): ReconcileReport | undefined {
  return state?.report == null ? undefined : reportSchema.safeParse(JSON.parse(state.report)).data
}
