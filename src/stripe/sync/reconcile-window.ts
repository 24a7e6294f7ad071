export interface ReconcileWindow {
  /** Objects created since this instant are listed, in milliseconds. */
  readonly since: number
  /** The daily window, which also reaches objects that settle long after their creation. */
  readonly isWide: boolean
}

export interface WindowFacts {
  readonly now: number
  readonly genesis: number
  /** When the last reconcile that succeeded began; null when none did. */
  readonly lastBeganAt: number | null
  /** The same of the last one with the wide window. */
  readonly lastWideBeganAt: number | null
  /** The same of the last one that looked for orphans. */
  readonly lastOrphansBeganAt: number | null
  /** Whether Stripe told that it had failed to generate events, and no wide window answered it yet. */
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
 * windows begin as long before the last success as they would before now: an object may have been
 * created that long before it settled, unseen. A wide one later than now, by a clock that was ahead,
 * counts as long ago. One that another process finished than began it has looked for no orphans, and
 * is made again.
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
