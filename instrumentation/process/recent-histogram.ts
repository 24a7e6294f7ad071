import { createHistogram } from 'node:perf_hooks'

/** In the unit of the recorded values, to three significant digits; 0 if nothing was recorded. */
interface RecentValues {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface RecentHistogram {
  /** Adds a value: an integer, 1 or more. */
  record(value: number): void
  /** Covers the last one to two windows, or everything since the last reading if that is longer ago. */
  read(): RecentValues
}

/**
 * A histogram of recent values for any number of readers: values expire by time, not by reading. A full
 * window is kept beside the current one until it has been read. `now` is monotonic, in milliseconds.
 */
export function createRecentHistogram(windowMs: number, now: () => number): RecentHistogram {
  const filling = createHistogram()
  const kept = createHistogram()
  const shown = createHistogram()
  let beganAt = now()
  let isKeptRead = false

  const rotate = (): void => {
    const at = now()
    if (at - beganAt < windowMs) return
    if (isKeptRead) kept.reset()
    kept.add(filling)
    filling.reset()
    beganAt = at
    isKeptRead = false
  }

  return {
    record: (value) => {
      rotate()
      filling.record(value)
    },
    read: () => {
      rotate()
      isKeptRead = true
      shown.reset()
      shown.add(kept)
      shown.add(filling)
      return { p50: shown.percentile(50), p99: shown.percentile(99), max: shown.max }
    },
  }
}
