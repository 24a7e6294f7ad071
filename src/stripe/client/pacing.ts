import { setTimeout as pauseFor } from 'node:timers/promises'

/** How a sync job waits and how it is stopped. */
export interface Pacing {
  readonly signal: AbortSignal
  /** Resolves after this time; rejects when the signal stops the job. */
  readonly pause: (waitMs: number) => Promise<void>
  /** Resolves when the next call to Stripe may be made; rejects when the signal stops the job. */
  readonly turn: () => Promise<void>
}

/** Stripe allows 25 reads a second in a sandbox and 100 in live mode; checkouts need some of that. */
const callsPerSecond = 10
const burstCalls = 20

/** Real time, and at most ten calls a second after a burst of twenty. One pacing is shared by all jobs. */
export function createPacing(
  signal: AbortSignal,
  monotonicNow: () => number = () => performance.now(),
  pauseInTime: (waitMs: number, signal: AbortSignal) => Promise<void> = pauseInRealTime,
): Pacing {
  const pause = (waitMs: number): Promise<void> => pauseInTime(waitMs, signal)
  let calls = burstCalls
  let countedAt = monotonicNow()

  const turn = async (): Promise<void> => {
    const now = monotonicNow()
    calls = Math.min(burstCalls, calls + ((now - countedAt) * callsPerSecond) / 1000) - 1
    countedAt = now
    if (calls < 0) await pause((-calls * 1000) / callsPerSecond)
  }
  return { signal, pause, turn }
}

function pauseInRealTime(waitMs: number, signal: AbortSignal): Promise<void> {
  return pauseFor(waitMs, undefined, { signal })
}

/** For tests with their own clock: waits with `pause` and makes calls immediately. */
export function createUnlimitedPacing(
  signal: AbortSignal,
  pause: (waitMs: number, signal: AbortSignal) => Promise<void>,
): Pacing {
  return { signal, pause: (waitMs) => pause(waitMs, signal), turn: () => Promise.resolve() }
}
