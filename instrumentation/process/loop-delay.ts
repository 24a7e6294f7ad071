import { createRecentHistogram } from './recent-histogram.ts'

/** How late a timer came, in seconds: what everything else had to wait for the loop as well. */
export interface LoopDelay {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface LoopDelayMeter {
  /** Of the last one to two minutes; longer where nobody read for longer. Reading takes nothing away. */
  read(): LoopDelay
  stop(): void
}

const everyMs = 20
const windowMs = 60_000
const nanosecondsPerMs = 1_000_000

/**
 * Measures by a timer of its own: Node's `monitorEventLoopDelay` forgets at each reset the turn that
 * is under way, and by iteration it leaves out the time of I/O callbacks, where all requests are.
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
