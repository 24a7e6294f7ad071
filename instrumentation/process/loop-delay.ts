import { createRecentHistogram } from './recent-histogram.ts'

/** How late a timer fired, in seconds: everything else had to wait for the event loop as long. */
export interface LoopDelay {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface LoopDelayMeter {
  /** Covers the last one to two minutes, or more if nothing was read for longer. Reading does not reset it. */
  read(): LoopDelay
  stop(): void
}

const everyMs = 20
const windowMs = 60_000
const nanosecondsPerMs = 1_000_000

/**
 * Measures with its own timer: Node's `monitorEventLoopDelay` loses the current turn at each reset, and by
 * iteration it omits the time of I/O callbacks, in which all requests are handled.
 * `now` is monotonic, in milliseconds.
 */
export function startLoopDelayMeter(now: () => number): LoopDelayMeter {
  const histogram = createRecentHistogram(windowMs, now)
  let lastAt = now()

  const note = (): void => {
    const at = now()
    const lateMs = Math.max(0, at - lastAt - everyMs)
    histogram.record(Math.max(1, Math.round(lateMs * nanosecondsPerMs)))
    lastAt = at
  }

  const timer = setInterval(note, everyMs).unref()
  const toSeconds = (nanoseconds: number): number => nanoseconds / nanosecondsPerMs / 1_000
  return {
    read: () => {
      note()
      const { p50, p99, max } = histogram.read()
      return { p50: toSeconds(p50), p99: toSeconds(p99), max: toSeconds(max) }
    },
    stop: () => clearInterval(timer),
  }
}
