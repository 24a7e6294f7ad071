export interface ReconcileWindow {
  /** Objects created since this instant are listed, in milliseconds. */
  readonly since: number
  /** The daily window, which also covers objects that change long after their creation. */
  readonly isWide: boolean
}

export interface WindowFacts {
  readonly now: number
  readonly genesis: number
  /** When the last reconcile that succeeded began; null when none did. */
  readonly lastBeganAt: number | null
  /** The same for the last one with the wide window. */
  readonly lastWideBeganAt: number | null
  /** The same for the last one that searched for orphans. */
  readonly lastOrphansBeganAt: number | null
  /** Whether Stripe reported that it failed to generate events, and no wide reconcile has run since. */
  readonly hasLostEvents: boolean
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const narrowMs = 48 * hourMs
const wideMs = 35 * dayMs
/** A little less than a day, so that an hourly schedule keeps its hour. */
const wideEveryMs = dayMs - hourMs / 2

/**
 * How far back a reconcile lists. Pure. Lists filter by an object's creation, so after an outage both
 * windows begin that long before the last success instead of before now: an object may have been
 * created that long before it changed, unseen. A wide one later than now, from a clock that was ahead,
 * counts as long past. A wide one that another process finished has not searched for orphans and is
 * repeated.
 */
export function reconcileWindow(facts: WindowFacts): ReconcileWindow {
  const { now, genesis, lastBeganAt, lastWideBeganAt, lastOrphansBeganAt, hasLostEvents } = facts
  const isWide =
    hasLostEvents ||
    lastWideBeganAt === null ||
    lastOrphansBeganAt !== lastWideBeganAt ||
    lastWideBeganAt > now ||
    now - lastWideBeganAt >= wideEveryMs
  const last = isWide ? lastWideBeganAt : lastBeganAt
  const reachMs = isWide ? wideMs : narrowMs
  const since = last === null ? genesis : Math.min(now, last) - reachMs
  return { since: Math.max(since, genesis), isWide }
}
