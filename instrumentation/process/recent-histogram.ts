import { createHistogram } from 'node:perf_hooks'

/** In the unit of what was recorded, to three figures; 0 where nothing was. */
interface RecentValues {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface RecentHistogram {
  /** Adds a value: an integer, 1 or more. */
  record(value: number): void
  /** Of the last one to two windows and, where nobody read for longer, of all since the last reading. */
  read(): RecentValues
}

/**
 * What was recorded lately, for any number of readers: time makes it forget, not reading. A window is
 * kept beside the one that fills until somebody has read it. `now` is monotonic, in milliseconds.
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
