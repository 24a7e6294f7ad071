import { readReconcileProgress } from './reconcile-progress.ts'
import { type ReconcileReport, readReconcileReport } from './reconcile-report.ts'
import { reconcileWindow } from './reconcile-window.ts'
import { overlapMs } from './sweep-list.ts'
import { readSweepProgress } from './sweep-progress.ts'
import type { SyncJobState, SyncState } from './sync-state.ts'

export interface ReadStartOptions {
  readonly syncState: Pick<SyncState, 'read'>
  readonly genesis: number
  /** The current time, in milliseconds. */
  readonly now: number
}

/**
 * The earliest instant from which the next sweep or reconcile may read Stripe's lists, in milliseconds by Stripe's
 * clock: what is older is never read again, unless an operator has it read from the genesis on.
 */
export async function nextReadStart({
  syncState,
  genesis,
  now,
}: ReadStartOptions): Promise<number> {
  const sweep = await syncState.read('sweep')
  const reconcile = await syncState.read('reconcile')
  const starts = [
    ...startsOfSweep(sweep, genesis, now),
    ...startsOfReconcile(reconcile, genesis, now),
  ]
  return Math.max(genesis, Math.min(...starts))
}

/** A position that is ahead of the clock is ignored by the sweep, which then starts at the genesis. */
function startsOfSweep(
  state: SyncJobState | undefined,
  genesis: number,
  now: number,
): readonly number[] {
  const lists = Object.values(readSweepProgress(state))
  const positions = [state?.position ?? null, ...lists.map(({ position }) => position)]
  return [
    ...positions.map((one) => (one === null || one > now ? genesis : one - overlapMs)),
    ...lists.flatMap(({ window }) => (window === null ? [] : [window.since])),
  ]
}

function startsOfReconcile(
  state: SyncJobState | undefined,
  genesis: number,
  now: number,
): readonly number[] {
  const last = readReconcileReport(state)
  const progress = readReconcileProgress(state)
  const refused = [last?.refused ?? {}, progress?.refused ?? {}].flatMap(Object.values<Refused>)
  return [
    ...[true, false].map((hasLostEvents) => windowStart(last, genesis, now, hasLostEvents)),
    ...(progress === undefined ? [] : [progress.since]),
    ...refused.map(({ since }) => since),
  ]
}

type Refused = ReconcileReport['refused'][string]

function windowStart(
  last: ReconcileReport | undefined,
  genesis: number,
  now: number,
  hasLostEvents: boolean,
): number {
  return reconcileWindow({
    now,
    genesis,
    lastBeganAt: last?.beganAt ?? null,
    lastWideBeganAt: last?.wideBeganAt ?? null,
    lastOrphansBeganAt: last?.orphansBeganAt ?? null,
    hasLostEvents,
  }).since
}
