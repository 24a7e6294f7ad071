import { createHistogram, performance } from 'node:perf_hooks'

/** How late a timer came, in seconds: what everything else had to wait for the loop as well. */
export interface LoopDelay {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface LoopDelayMeter {
  /** Since it was read last. */
  read(): LoopDelay
  stop(): void
}

const everyMs = 20
const nanosecondsPerMs = 1_000_000

/**
 * Measures by a timer of its own: Node's `monitorEventLoopDelay` forgets at each reset the turn that
 * is under way, and by iteration it leaves out the time of I/O callbacks, where all requests are.
 */
export const startLoopDelayMeter = (): LoopDelayMeter => {
  const histogram = createHistogram()
  let lastAt = performance.now()

  const note = (): void => {
    const now = performance.now()
    const lateMs = Math.max(0, now - lastAt - everyMs)
    histogram.record(Math.max(1, Math.round(lateMs * nanosecondsPerMs)))
    lastAt = now
  }

  const timer = setInterval(note, everyMs).unref()
  const toSeconds = (nanoseconds: number): number => nanoseconds / nanosecondsPerMs / 1_000
  return {
    read: () => {
      note()
      const p50 = toSeconds(histogram.percentile(50))
      const p99 = toSeconds(histogram.percentile(99))
      const max = toSeconds(histogram.max)
      histogram.reset()
      return { p50, p99, max }
    },
    stop: () => clearInterval(timer),
  }
}
